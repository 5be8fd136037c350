import type { Application, Parsed } from './application.ts';
import type { ParsedSet } from './applicationset.ts';
import type { Problem, ProblemCode } from './problem.ts';
import type { AppProject } from './project.ts';
import type { Settings } from './settings.ts';

/** All that a control repository defines at one commit. What can't be read is a problem, and loses nothing else. */
export interface Catalogue {
  readonly applications: readonly Parsed<Application>[];
  readonly projects: readonly Parsed<AppProject>[];
  readonly sets: readonly ParsedSet[];
  readonly settings: Settings;
  readonly problems: readonly Problem[];
}

/** A manifest file of a control repository: path from its root, and text. */
export interface ManifestFile {
  readonly path: string;
  readonly text: string;
}

const HIDING: ReadonlySet<ProblemCode> = new Set(['invalid-manifest', 'conflict', 'unsafe-path', 'limit-exceeded']);

/**
 * Whether applications may be missing from a catalogue because of a problem: their manifest, the set that generates
 * them, or the application that they come out of could not be read. None counts as removed then.
 */
export function hidesApplications({ code, where }: Problem): boolean {
  return HIDING.has(code) || where.applicationSet !== undefined || where.parent !== undefined;
}
