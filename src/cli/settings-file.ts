import { readFile } from 'node:fs/promises';
import { type Customisations, NO_CUSTOMISATIONS } from '../spec/customisations.ts';
import { readDocuments } from '../spec/documents.ts';
import { parseConfigMap } from '../spec/parse-config-map.ts';
import { parseCustomisations } from '../spec/parse-customisations.ts';
import { Problem } from '../spec/problem.ts';
import { warn } from './show-problem.ts';

/**
 * What the `argocd-cm` in a file says of resources; the defaults without a file. Of several ConfigMaps that of the name
 * counts. What of it can't be read is said on stderr. Throws Problem: no such file, broken YAML, no ConfigMap in it.
 */
export async function readSettingsFile(path: string | undefined): Promise<Customisations> {
  if (path === undefined) return NO_CUSTOMISATIONS;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Problem('not-found', `The file ${path} cannot be read.`, { where: { file: path } });
  const { documents, problems } = readDocuments({ path, text });
  const [broken] = problems;
  if (broken !== undefined) throw broken;
  const maps = documents.filter(({ kind }) => kind === 'ConfigMap');
  const found = maps.find(({ name }) => name === 'argocd-cm') ?? (maps.length === 1 ? maps[0] : undefined);
  if (found === undefined) {
    throw new Problem('bad-request', `${path} holds no ConfigMap argocd-cm.`, {
      where: { file: path },
      fix: 'Give the manifest of the ConfigMap argocd-cm of your Argo CD.',
    });
  }
  const data = parseConfigMap(found);
  const customisations = parseCustomisations(data.value, found);
  for (const odd of [...data.warnings, ...customisations.problems]) warn(odd);
  return customisations.value;
}
