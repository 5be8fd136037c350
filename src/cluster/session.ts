import type { Connection } from './connection.ts';
import type { Discovery } from './discover.ts';
import type { Schemas } from './schemas.ts';

/** A connection and what its server serves, and how that is patched: what every verb of this folder takes first. */
export interface Session {
  readonly connection: Connection;
  readonly discovery: Discovery;
  readonly schemas: Schemas;
}
