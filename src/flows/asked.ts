import type { Catalogue } from '../spec/catalogue.ts';
import type { Command } from '../spec/command.ts';
import type { RepoName } from '../spec/event.ts';
import type { Clock, Engines, Forge, ForgeComment, Pull, Queue, Renderer, Source, Store } from '../spec/ports.ts';

/** What commands are done with. */
export interface CommandPorts {
  readonly forge: Forge;
  readonly source: Source;
  readonly renderer: Renderer;
  readonly store: Store;
  readonly queue: Queue;
  readonly engines: Pick<Engines, 'templates' | 'jq'>;
  readonly clock: Clock;
  readonly host: string;
  readonly controlRepository: RepoName;
}

/** A command with everything that it may need to know. */
export interface Asked {
  readonly command: Command;
  readonly comment: ForgeComment;
  readonly pull: Pull;
  readonly control: { readonly revision: string; readonly catalogue: Catalogue };
}
