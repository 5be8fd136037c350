import { realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Checkout } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { kustomizationIn, type Walked } from './kustomization.ts';
import { limitProblem } from './limit-problem.ts';
import type { Ran } from './run.ts';
import { yamlFaultOf } from './yaml.ts';

/** What was built when kustomize failed. */
export interface Build {
  readonly checkout: Checkout;
  /** The kustomization of the source, from the root of the repository. */
  readonly kustomization: string;
  /** Where the files lay that kustomize read: the checkout, or a copy. */
  readonly root: string;
  readonly walked: Walked;
}

/**
 * Why kustomize failed, as a Problem with the innermost cause. kustomize exits with 1 whatever went wrong and wraps its
 * causes into each other, so its words are all there is: they are read here and nowhere else.
 */
export async function kustomizeProblem(ran: Ran, build: Build): Promise<Problem> {
  const { checkout, kustomization, root, walked } = build;
  const limit = limitProblem('kustomize', ran, { file: kustomization });
  if (limit !== undefined) return limit;
  const missing = walked.references.find((reference) => !reference.exists);
  if (missing !== undefined)
    return missingFile(missing.from, missing.line, missing.field, missing.path ?? missing.written);
  const said = withoutRoot(withoutRoot(ran.stderr, await realpath(root)), root)
    .replace(/^error: /, '')
    .trim();
  const inner = await innermostKustomization(said, checkout, kustomization);
  const malformed = /MalformedYAMLError: yaml: (?:line (\d+): )?(.+?) in File: (\S+)/s.exec(said);
  if (malformed !== null) {
    const [, line, message = '', file = ''] = malformed;
    const path = posix.join(posix.dirname(inner), file);
    return (await brokenYaml(checkout, path)) ?? failed(oneLine(message), { file: path, ...lineAt(line) }, MEND);
  }
  const invalid = /invalid Kustomization: (.+)$/s.exec(said)?.[1];
  if (invalid !== undefined) {
    const unknown = /unknown field "([^"]+)"/.exec(invalid)?.[1];
    const where = { file: inner, ...(unknown === undefined ? {} : { field: unknown }) };
    return (
      (await brokenYaml(checkout, inner)) ?? failed(`The kustomization is not valid: ${oneLine(invalid)}`, where, MEND)
    );
  }
  return failed(innermostCause(said), { file: inner }, 'Run `kubectl kustomize` on the folder to see the same error.');
}

/** Paths as the repository has them; kustomize says them with links of the machine's own folders resolved. */
function withoutRoot(text: string, root: string): string {
  return text.replaceAll(`${root}/`, '').replaceAll(root, '.');
}

const MEND = 'Mend the file at this place.';

async function brokenYaml(checkout: Checkout, file: string): Promise<Problem | undefined> {
  const fault = await yamlFaultOf(join(checkout.dir, file));
  if (fault === undefined) return undefined;
  return failed(`This is not valid YAML: ${fault.message}`, { file, line: fault.line }, MEND);
}

function missingFile(from: string, line: number, field: string, path: string): Problem {
  const where = field.startsWith('spec.') ? { field } : { file: from, ...(line === 0 ? {} : { line }), field };
  return failed(`The kustomization names ${path}, which does not exist.`, where, 'Add it, or remove its line.');
}

/** The deepest kustomization that kustomize was in when it failed. */
async function innermostKustomization(said: string, checkout: Checkout, own: string): Promise<string> {
  const folder = [...said.matchAll(/recursed accumulation of path '([^']*)'/g)].at(-1)?.[1];
  if (folder === undefined) return own;
  return (await kustomizationIn(checkout, folder === '.' ? '' : folder)) ?? own;
}

/** kustomize tries a path as a file, then as a folder, and tells both failures; the first one is the telling one. */
function innermostCause(said: string): string {
  const accumulated = [...said.matchAll(/accumulation err='(?:accumulating|merging) resources from '[^']*': /g)].at(-1);
  const inner = accumulated === undefined ? said : said.slice(accumulated.index + accumulated[0].length);
  const cause = accumulated === undefined ? inner : inner.replace(/': must build at directory: .*$/s, '');
  const text = oneLine(cause.replace(/^(accumulating resources|loading KV pairs): /, ''));
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function failed(message: string, where: Where, fix: string): Problem {
  return new Problem('render-failed', message, { where, fix });
}

function lineAt(line: string | undefined): Where {
  return line === undefined ? {} : { line: Number(line) };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 1000);
}
