import { routes } from '../../src/local/forge/api.ts';

/** The operations of GitHub's API that the subset of its description holds: all that the embedded forge answers. */
export const OPERATIONS: readonly string[] = routes.map((route) => route.operation).sort();
