import type { Served } from './catalog.ts';
import type { FieldValidation } from './decode.ts';

/** Who writes, and how: what the query of a request says. */
export interface WriteOptions {
  readonly manager: string;
  readonly subresource: string;
  readonly dryRun: boolean;
  readonly validation: FieldValidation;
  /** Called for each Warning header. */
  warn(message: string): void;
}

/** Where an object stands. Namespace is '' for cluster-scoped kinds. */
export interface Place {
  readonly served: Served;
  readonly namespace: string;
  readonly name: string;
}
