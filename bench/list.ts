import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClone } from './clone.ts';
import { type Figure, milliseconds } from './figure.ts';
import { type Measured, measured } from './measured.ts';
import { median } from './median.ts';

const ROUNDS = 5;
const FILES = 5000;
/** Every fifth file is an Application; the others are the manifests of the applications. */
const APPLICATIONS = FILES / 5;
const MAX_COLD = 3000;
const MAX_WARM = 500;
const URL = 'https://github.com/acme/platform.git';
const CLI = join(import.meta.dirname, '../bin/trimtab.js');

/**
 * `trimtab list` over a repository of 5,000 YAML files, from the start of the program to its end: the first time, with
 * empty caches, and once more.
 */
export async function list(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const clone = join(folder, 'platform');
    await createClone(clone, URL, files());
    const rounds: { readonly cold: Measured; readonly warm: Measured }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const variables = { TRIMTAB_CACHE: join(folder, `cache-${round}`) };
      const cold = await measured([CLI, 'list', clone, '-o', 'json'], variables);
      const warm = await measured([CLI, 'list', clone, '-o', 'json'], variables);
      const found: readonly unknown[] = JSON.parse(cold.stdout);
      if (found.length !== APPLICATIONS) throw new Error(`${found.length} applications were listed`);
      if (warm.stdout !== cold.stdout) throw new Error('the second run says something else than the first');
      rounds.push({ cold, warm });
    }
    return [
      figure('the first time', median(rounds.map(({ cold }) => cold.milliseconds)), MAX_COLD),
      figure('again, nothing changed', median(rounds.map(({ warm }) => warm.milliseconds)), MAX_WARM),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function figure(what: string, took: number, most: number): Figure {
  return {
    benchmark: 'list',
    what: `trimtab list, ${FILES} YAML files with ${APPLICATIONS} applications, ${what}`,
    measured: milliseconds(took),
    beside: '–',
    result: milliseconds(took),
    target: `≤ ${milliseconds(most)}`,
    met: took <= most,
  };
}

function files(): Readonly<Record<string, string>> {
  const made: Record<string, string> = {};
  for (let index = 0; index < APPLICATIONS; index += 1) {
    const team = `team-${index % 40}`;
    const name = `service-${index}`;
    const path = `apps/${team}/${name}`;
    made[`argocd/${team}/${name}.yaml`] = application(name, path);
    made[`${path}/kustomization.yaml`] = 'resources:\n  - deployment.yaml\n  - service.yaml\n  - config.yaml\n';
    made[`${path}/deployment.yaml`] = deployment(name);
    made[`${path}/service.yaml`] = service(name);
    made[`${path}/config.yaml`] = config(name);
  }
  return made;
}

function application(name: string, path: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
  labels:
    team: ${path.split('/')[1]}
  annotations:
    notifications.argoproj.io/subscribe.on-sync-failed.slack: deploys
spec:
  project: default
  source:
    repoURL: ${URL}
    targetRevision: HEAD
    path: ${path}
  destination:
    server: https://kubernetes.default.svc
    namespace: ${name}
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
    syncOptions:
      - CreateNamespace=true
`;
}

function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 2
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
        - name: ${name}
          image: ghcr.io/acme/${name}:2.7.1
          ports:
            - containerPort: 8080
          resources:
            requests: { cpu: 100m, memory: 128Mi }
`;
}

function service(name: string): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector: { app: ${name} }
  ports:
    - port: 80
      targetPort: 8080
`;
}

function config(name: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  LOG_LEVEL: info
  PUBLIC_URL: https://${name}.example.com
`;
}
