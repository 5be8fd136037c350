import type { RepoName } from '../spec/event.ts';
import type { Clock, Clusters, Engines, Forge, Queue, Renderer, Source, Store } from '../spec/ports.ts';

/** What a refresh asks, and where it keeps and sends what it finds. */
export interface RefreshPorts {
  readonly forge: Forge;
  readonly source: Source;
  readonly renderer: Renderer;
  readonly clusters: Clusters;
  readonly store: Store;
  readonly queue: Queue;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly host: string;
  readonly controlRepository: RepoName;
  readonly markKey: string;
}
