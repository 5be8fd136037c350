import type { Checkout, RenderInput } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { insideCheckout } from './paths.ts';

/** A file of another source, and its path from the root of that source's repository. */
export interface LentFile {
  readonly checkout: Checkout;
  readonly path: string;
}

/**
 * The file that `$ref/path` names: it counts from the root of the repository of the source with that `ref`, whatever
 * that source's `path` is. Undefined for any other path, and for variables of the build environment. Throws Problem
 * `not-found` for a `ref` that no source has, `unsafe-path` for a path that leaves the repository.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/#helm-value-files-from-external-git-repository
 */
export function lentFile(input: RenderInput, written: string, where: Where): LentFile | undefined {
  const [, ref, path = ''] = /^\$([A-Za-z_][\w-]*)\/(.*)$/.exec(written) ?? [];
  if (ref === undefined) return undefined;
  const checkout = input.refs?.get(ref);
  if (checkout !== undefined) {
    const text = substitute(path, buildEnvironment(input));
    return { checkout, path: insideCheckout(checkout, '', text, where) };
  }
  if (ref.startsWith('ARGOCD_')) return undefined;
  const known = [...(input.refs?.keys() ?? [])].map((each) => `$${each}`).join(', ');
  throw new Problem(
    'not-found',
    `The value file ${written} names $${ref}, and no source of the Application has that ref.`,
    {
      where,
      fix: `Give the source of the value files \`ref: ${ref}\`${known === '' ? '' : `, or use one of ${known}`}.`,
    },
  );
}
