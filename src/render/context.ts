import type { Engines, OpenDataKey, RenderInput } from '../spec/ports.ts';
import type { Command, Ran } from './run.ts';
import type { Tools } from './tools.ts';

/** What every way of rendering needs: the input, the folder of the source in the checkout, and the tools. */
export interface Context {
  readonly input: RenderInput;
  /** Path of the source's folder from the root of the repository; '' for the root. */
  readonly folder: string;
  readonly tools: () => Promise<Tools>;
  /** What becomes of files that SOPS encrypted: decrypted, or their values marked. Absent: they fail the render. */
  readonly sops: OpenDataKey | 'marks' | undefined;
  /** What the render has come to know. */
  readonly seen: { secrets: boolean };
  readonly jsonnet: Engines['jsonnet'] | undefined;
  readonly run: (command: Command) => Promise<Ran>;
}
