import type { Catalogue } from '../spec/catalogue.ts';
import type { Clock, Engines, Renderer, Source, Store } from '../spec/ports.ts';
import type { Pin } from './desired.ts';
import type { ExpandPorts } from './expand-sets.ts';
import type { IntegrityPorts } from './integrity.ts';

/** Two commits of one repository, as the sides of a comparison. */
export interface Revisions {
  readonly repoURL: string;
  readonly controlURL: string;
  /** The branch that the change goes to, and the repository's default branch (`HEAD`). */
  readonly branch: string;
  readonly defaultBranch: string;
  readonly base: string;
  readonly head: string;
}

export interface ComparePorts {
  readonly source: Source;
  readonly renderer: Renderer;
  readonly store: Pick<Store, 'facts'> & Partial<Pick<Store, 'statuses'>>;
  readonly engines: Pick<Engines, 'templates' | 'jq'>;
  /** For generators that ask GitHub. */
  readonly forge?: ExpandPorts['forge'] & IntegrityPorts['forge'];
  readonly host?: string;
  readonly clock: Clock;
  readonly markKey: string;
  /**
   * Other repositories are read with more rights than the author of the change has (the App's): they are shown only
   * where a project permits them already. Absent where somebody looks with rights of their own.
   */
  readonly guarded?: true;
}

/** One commit of the comparison: what it defines, and the pin that puts it in the place of its branch. */
export interface At {
  readonly catalogue: Catalogue;
  readonly pin: Pin;
}
