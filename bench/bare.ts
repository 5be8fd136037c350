import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRenderer, type Tools } from '../src/render/index.ts';
import type { Application } from '../src/spec/application.ts';
import { sourcesOf } from '../src/spec/application.ts';
import type { Checkout, ClusterFacts } from '../src/spec/ports.ts';

/** An application at a commit: what a render is asked for. */
export interface Render {
  readonly application: Application;
  readonly checkout: Checkout;
}

/** What a cluster says of itself, in the size that a plain one has. */
export const FACTS: ClusterFacts = {
  kubeVersion: '1.36.3',
  apiVersions: ['v1', 'apps/v1', 'batch/v1', 'networking.k8s.io/v1', 'rbac.authorization.k8s.io/v1', 'policy/v1'],
};

/** Renders with the renderer of the functions, as many at once as it likes; answers the count of manifests. */
export async function renderAll(renders: readonly Render[], tools: Tools, concurrency: number): Promise<number> {
  const renderer = createRenderer({ tools: async () => tools, concurrency });
  const counts = await Promise.all(
    renders.map(async ({ application, checkout }) => {
      const [source] = sourcesOf(application);
      if (source === undefined) throw new Error(`${application.metadata.name} has no source`);
      return (await renderer.render({ application, source, checkout, facts: FACTS })).length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The runs of helm and kubectl that these renders need, each as a line of shell: the very arguments that trimtab gives
 * them, taken down by a program that stands in for both and then becomes them. Files that trimtab makes for one run
 * (values, edited kustomizations) are kept in `folder`. Manifests that need no program have no line.
 */
export async function bareRuns(renders: readonly Render[], tools: Tools, folder: string): Promise<readonly string[]> {
  await mkdir(folder);
  const recorder = async (name: keyof Tools): Promise<Tools[typeof name]> => {
    const path = join(folder, `${name}.sh`);
    await writeFile(path, recording(tools[name].path, folder));
    await chmod(path, 0o700);
    return { path, version: tools[name].version };
  };
  await renderAll(renders, { helm: await recorder('helm'), kubectl: await recorder('kubectl') }, 2);
  const runs = (await readdir(folder)).filter((name) => name.startsWith('run-')).sort();
  return Promise.all(runs.map(async (name) => shellLine(join(folder, name))));
}

/** It keeps a copy of what an argument names below the system's temporary folder: trimtab removes it after the run. */
function recording(program: string, folder: string): string {
  return `#!/bin/sh
run=${folder}/run-$$
/bin/mkdir "$run"
printf '%s\\0' ${quoted(program)} "$PWD" "$@" > "$run/arguments"
for argument; do
  case $argument in *${tmpdir()}/trimtab-*)
    name=\${argument#*${tmpdir()}/trimtab-}
    printf %s "${tmpdir()}/trimtab-\${name%%/*}" > "$run/temporary"
    /bin/cp -r "${tmpdir()}/trimtab-\${name%%/*}" "$run/files"
  esac
done
exec ${quoted(program)} "$@"
`;
}

async function shellLine(run: string): Promise<string> {
  const temporary = await readFile(join(run, 'temporary'), 'utf8').catch(() => '');
  const recorded = (await readFile(join(run, 'arguments'), 'utf8')).split('\0').slice(0, -1);
  const kept = recorded.map((each) => (temporary === '' ? each : each.replaceAll(temporary, join(run, 'files'))));
  const [program = '', cwd = '', ...args] = kept;
  return `cd ${quoted(cwd)} && exec ${[program, ...args].map(quoted).join(' ')} > /dev/null`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
