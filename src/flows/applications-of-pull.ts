import { affected } from '../catalog/affected.ts';
import { changedFiles } from '../catalog/changed-files.ts';
import { type Application, applicationName, type Parsed, sourcesOf } from '../spec/application.ts';
import type { Forge, Pull, Renderer, Source } from '../spec/ports.ts';
import { closureOf, pinned } from './desired.ts';
import { repoURL } from './preview.ts';

/**
 * The applications, as they are defined now, whose inputs or definitions a pull request changes: open, by its merge
 * result; merged, by what the merge brought.
 */
export async function applicationsOfPull(
  pull: Pull,
  applications: readonly Parsed<Application>[],
  ports: {
    readonly forge: Pick<Forge, 'parents' | 'defaultBranch'>;
    readonly source: Source;
    readonly renderer: Pick<Renderer, 'closure' | 'parameters'>;
    readonly host: string;
  },
): Promise<readonly Parsed<Application>[]> {
  const head = pull.mergeCommit ?? pull.head.sha;
  const [base = pull.base.sha] = await ports.forge.parents(pull.repo, head);
  const url = repoURL(ports.host, pull.repo);
  const files = changedFiles(await ports.source.tree(url, base), await ports.source.tree(url, head));
  const defaultBranch = await ports.forge.defaultBranch(pull.repo);
  const pin = { repoURL: url, branch: pull.base.ref, defaultBranch, revision: head };
  const changed = new Set(files.map((file) => file.path));
  const sides = await Promise.all(
    applications.map(async (definition) => {
      const closures = await Promise.all(
        sourcesOf(definition.value).map(async (source) => {
          if (!pinned(source, pin)) return [];
          const checkout = await ports.source.checkout(source.repoURL, head);
          return await closureOf(definition.value, source, checkout, ports);
        }),
      );
      const side = { definition, closures };
      return { base: side, head: side };
    }),
  );
  const touched = new Set(affected(sides, { files, head: { problems: [] } }).map((found) => found.application));
  return applications.filter((one) => touched.has(applicationName(one.value)) || changed.has(one.where.file ?? ''));
}
