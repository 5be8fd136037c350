import { realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Checkout } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { limitProblem } from './limit-problem.ts';
import type { Ran } from './run.ts';
import { kustomizationIn, type Walked } from './walk.ts';
import { yamlFaultOf } from './yaml.ts';

/** What was built when kustomize failed. */
export interface Build {
  readonly checkout: Checkout;
  /** The kustomization of the source, from the root of the repository. */
  readonly kustomization: string;
  /** Where the files lay that kustomize read: the checkout, or a copy. */
  readonly root: string;
  /** Folders where other repositories lay, and how they are told of. */
  readonly shown: readonly (readonly [folder: string, name: string])[];
  readonly walked: Walked;
}

/**
 * Why kustomize failed, as a Problem with the innermost cause. kustomize exits with 1 whatever went wrong and wraps its
 * causes into each other, so its words are all there is: they are read here and nowhere else.
 */
export async function kustomizeProblem(ran: Ran, build: Build): Promise<Problem> {
  const { checkout, kustomization, root, shown, walked } = build;
  const limit = limitProblem('kustomize', ran, { file: kustomization });
  if (limit !== undefined) return limit;
  const missing = walked.references.find((reference) => !reference.exists);
  if (missing !== undefined) return missingFile(missing.where, missing.path);
  const said = (await withoutFolders(ran.stderr, [...shown, [root, '']])).replace(/^error: /, '').trim();
  const inflated = /Error: (.+?)\s*: unable to run: '/s.exec(said)?.[1];
  if (inflated !== undefined) {
    return failed(
      `helm: ${oneLine(inflated)}`,
      walked.inflates ?? {},
      'Mend the chart, or the values that it is given.',
    );
  }
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

/** Paths as the repositories have them; kustomize says them with links of the machine's own folders resolved. */
async function withoutFolders(text: string, folders: Build['shown']): Promise<string> {
  let found = text;
  for (const [folder, name] of folders) {
    for (const each of [await realpath(folder).catch(() => folder), folder]) {
      found = found.replaceAll(`${each}/`, name === '' ? '' : `${name}/`).replaceAll(each, name === '' ? '.' : name);
    }
  }
  return found;
}

const MEND = 'Mend the file at this place.';

async function brokenYaml(checkout: Checkout, file: string): Promise<Problem | undefined> {
  const fault = await yamlFaultOf(join(checkout.dir, file));
  if (fault === undefined) return undefined;
  return failed(`This is not valid YAML: ${fault.message}`, { file, line: fault.line }, MEND);
}

function missingFile(where: Where, path: string): Problem {
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
