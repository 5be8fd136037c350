import type { Connection } from './connection.ts';
import type { Discovery } from './discover.ts';

/** A connection and what its server serves: what every verb of this folder takes first. */
export interface Session {
  readonly connection: Connection;
  readonly discovery: Discovery;
}
