import { readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ApplicationSource } from '../spec/application.ts';
import { fieldText, readData } from '../spec/documents.ts';
import { checkSource } from '../spec/parse-application.ts';
import type { RenderInput } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { insideCheckout } from './paths.ts';

/** Parameters are short; more is no parameters. */
const MAX_BYTES = 1024 * 1024;

/**
 * The input with what `.argocd-source.yaml` and then `.argocd-source-APPLICATION.yaml`, beside the source, change of its
 * parameters: merge patches (RFC 7386) of everything but where the source comes from. Throws Problem `invalid-manifest`
 * with file and line, `unsafe-path` for a link.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/parameters/#store-overrides-in-git
 */
export async function withOverrides<Input extends Omit<RenderInput, 'facts'>>(input: Input): Promise<Input> {
  const { application, checkout } = input;
  const folder = insideCheckout(checkout, '', input.source.path ?? '.', { field: 'spec.source.path' });
  let source = input.source;
  for (const name of ['.argocd-source.yaml', `.argocd-source-${application.metadata.name}.yaml`]) {
    const path = posix.join(folder, name);
    // A link is no file of the checkout: what it stands for would be missing without a word.
    if (checkout.links?.includes(path) === true) throw notAFile(path, 'is a link');
    const found = await stat(join(checkout.dir, path)).catch(() => undefined);
    if (found?.isFile() !== true) continue;
    if (found.size > MAX_BYTES) throw notAFile(path, `has more than ${MAX_BYTES} bytes`);
    source = overridden(source, path, await readFile(join(checkout.dir, path), 'utf8'));
  }
  return source === input.source ? input : { ...input, source };
}

function overridden(source: ApplicationSource, path: string, text: string): ApplicationSource {
  const data = readData({ path, text });
  if (data === undefined || data === null) return source;
  if (typeof data !== 'object' || Array.isArray(data)) {
    throw new Problem('invalid-manifest', `${path} must hold parameters of a source, such as kustomize: or helm:.`, {
      where: { file: path },
    });
  }
  const { value } = checkSource(merged(source, data), (field) => ({ file: path, field: fieldText(field) }));
  const { path: _path, chart: _chart, ...parameters } = value;
  const { repoURL, targetRevision, chart } = source;
  return {
    ...parameters,
    repoURL,
    ...(targetRevision === undefined ? {} : { targetRevision }),
    ...(source.path === undefined ? {} : { path: source.path }),
    ...(chart === undefined ? {} : { chart }),
  };
}

/** https://www.rfc-editor.org/rfc/rfc7386: `null` removes, lists are replaced as a whole. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const known = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const result = new Map<string, unknown>(Object.entries(known));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}

function notAFile(path: string, found: string): Problem {
  return new Problem('unsafe-path', `${path} ${found}; the parameters of the source stand there.`, {
    where: { file: path },
    fix: 'Write a short file in its place.',
  });
}
