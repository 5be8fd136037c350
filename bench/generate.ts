import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClone } from './clone.ts';
import { type Figure, megabytes, milliseconds } from './figure.ts';
import { measured } from './measured.ts';
import { median } from './median.ts';

const ROUNDS = 5;
const CLUSTERS = 20;
const FOLDERS = 50;
const MAX_MILLISECONDS = 2000;
const MAX_BYTES = 300e6;
const URL = 'https://github.com/acme/addons.git';
const CLI = join(import.meta.dirname, '../bin/trimtab.js');

/**
 * `trimtab list` over a repository whose one ApplicationSet makes 1,000 Applications: from the start of the program to
 * its end, no cache filled. Every element has a field that only Go's templates can fill.
 */
export async function generate(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const clone = join(folder, 'addons');
    await createClone(clone, URL, files());
    const runs = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const run = await measured([CLI, 'list', clone, '-o', 'json'], { TRIMTAB_CACHE: join(folder, `cache-${round}`) });
      const found: readonly unknown[] = JSON.parse(run.stdout);
      if (found.length !== CLUSTERS * FOLDERS) throw new Error(`${found.length} applications were generated`);
      runs.push(run);
    }
    const took = median(runs.map((run) => run.milliseconds));
    const bytes = Math.max(...runs.map((run) => run.bytes));
    const figure = { benchmark: 'generate', beside: '–' };
    return [
      {
        ...figure,
        what: `${CLUSTERS * FOLDERS} applications of a matrix of ${CLUSTERS} clusters and ${FOLDERS} folders`,
        measured: milliseconds(took),
        result: milliseconds(took),
        target: `≤ ${milliseconds(MAX_MILLISECONDS)}`,
        met: took <= MAX_MILLISECONDS,
      },
      {
        ...figure,
        what: 'the most memory',
        measured: megabytes(bytes),
        result: megabytes(bytes),
        target: `≤ ${megabytes(MAX_BYTES)}`,
        met: bytes <= MAX_BYTES,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function files(): Readonly<Record<string, string>> {
  const made: Record<string, string> = { 'argocd/addons.yaml': SET };
  for (let index = 0; index < CLUSTERS; index += 1) made[`argocd/clusters/cluster-${index}.yaml`] = cluster(index);
  for (let index = 0; index < FOLDERS; index += 1) {
    made[`addons/addon-${index}/kustomization.yaml`] = 'resources:\n  - config.yaml\n';
    made[`addons/addon-${index}/config.yaml`] = CONFIG;
  }
  return made;
}

const CONFIG = `apiVersion: v1
kind: ConfigMap
metadata:
  name: config
data:
  LOG_LEVEL: info
`;

function cluster(index: number): string {
  return `apiVersion: v1
kind: Secret
metadata:
  name: cluster-${index}
  namespace: argocd
  labels:
    argocd.argoproj.io/secret-type: cluster
    environment: ${index % 2 === 0 ? 'production' : 'staging'}
stringData:
  name: Cluster-${index}
  server: https://cluster-${index}.example.com
  config: '{"bearerTokenRef":"ssm:/clusters/cluster-${index}"}'
`;
}

const SET = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: addons
  namespace: argocd
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - matrix:
        generators:
          - clusters:
              selector:
                matchExpressions:
                  - { key: environment, operator: Exists }
              values:
                tier: '{{ .metadata.labels.environment | upper }}'
          - git:
              repoURL: ${URL}
              revision: HEAD
              directories:
                - path: addons/*
  template:
    metadata:
      name: '{{ .path.basename }}-{{ .name | lower }}'
      labels:
        tier: '{{ .values.tier | trunc 4 }}'
    spec:
      project: default
      source:
        repoURL: ${URL}
        targetRevision: HEAD
        path: '{{ .path.path }}'
        kustomize:
          commonLabels:
            cluster: '{{ .nameNormalized }}'
      destination:
        server: '{{ .server }}'
        namespace: '{{ .path.basename }}'
      syncPolicy:
        automated:
          prune: true
`;
