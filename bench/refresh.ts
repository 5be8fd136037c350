import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pMap from 'p-map';
import { clusterOf } from '../src/catalog/cluster-of.ts';
import { readCatalogue } from '../src/catalog/read-catalogue.ts';
import { createWritableClusters } from '../src/cluster/writable.ts';
import { asApplied } from '../src/flows/wanted.ts';
import { createLocalCluster } from '../src/local/cluster/index.ts';
import { createLocalForge } from '../src/local/forge/index.ts';
import { createLocalQueue } from '../src/local/queue/index.ts';
import { createLocalStore } from '../src/local/store/index.ts';
import { keyOf, type Manifest } from '../src/spec/manifest.ts';
import { IN_CLUSTER } from '../src/spec/settings.ts';
import { createStore } from '../src/state/index.ts';
import { bundle } from './bundle.ts';
import { type Figure, megabytes, milliseconds } from './figure.ts';
import { type Measured, measured } from './measured.ts';
import { REPO_URL, REPOSITORY } from './repository.ts';
import { resource } from './resources.ts';

const SIZES = [250, 500, 1000];
const RESOURCES = 20;
const MAX_MILLISECONDS = 10_000;
const MAX_BYTES = 512e6;
/** What noise may add to the time of twice as many. */
const TOLERANCE = 1.25;
const SCRIPT = join(import.meta.dirname, 'look-again.mjs');

/**
 * The refresh function as it is deployed, warm, looks at applications of 20 resources each of which nothing changed: the time of a look, and
 * the most memory of its process. GitHub, the cluster, the table and the queues are embedded in another process.
 */
export async function refresh(): Promise<readonly Figure[]> {
  const looks: { readonly size: number; readonly took: number; readonly bytes: number }[] = [];
  for (const size of SIZES) {
    const { stdout, bytes } = await lookAt(size);
    const { milliseconds: took }: { readonly milliseconds: number } = JSON.parse(stdout);
    looks.push({ size, took, bytes });
  }
  return looks.map(({ size, took, bytes }, index): Figure => {
    const before = looks[index - 1];
    const growth = before === undefined ? 1 : took / before.took / (size / before.size);
    const largest = index === looks.length - 1;
    const grows = before === undefined ? '' : `, ${growth.toFixed(2)} × of ${before.size} an application`;
    return {
      benchmark: 'refresh',
      what: `${size} applications of ${RESOURCES} resources, nothing changed`,
      measured: milliseconds(took),
      beside: '–',
      result: `${megabytes(bytes)}${grows}`,
      target: largest
        ? `≤ ${milliseconds(MAX_MILLISECONDS)}, ≤ ${megabytes(MAX_BYTES)}, ≤ ${TOLERANCE} ×`
        : `≤ ${TOLERANCE} ×`,
      met: growth <= TOLERANCE && (!largest || (took <= MAX_MILLISECONDS && bytes <= MAX_BYTES)),
    };
  });
}

async function lookAt(size: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const [forge, cluster, table, queue] = await Promise.all([
    createLocalForge(),
    createLocalCluster({ controllers: 'manual' }),
    createLocalStore(),
    createLocalQueue(),
  ]);
  try {
    const names = Array.from({ length: size }, (_, index) => `service-${index}`);
    const manifests = new Map(names.map((name, index) => [name, resourcesOf(index)]));
    const files: Record<string, string> = {};
    for (const name of names) {
      files[`argocd/${name}.yaml`] = application(name);
      files[`apps/${name}/all.yaml`] = (manifests.get(name) ?? [])
        .map((each) => `${JSON.stringify(each)}\n`)
        .join('---\n');
    }
    await forge.createRepository({ owner: 'acme', name: 'platform', files });
    const { applications } = readCatalogue(
      REPO_URL,
      Object.entries(files).map(([path, text]) => ({ path, text })),
    );
    const clusters = createWritableClusters({
      kubeconfig: { reference: 'env:KUBECONFIG' },
      resolveSecret: async () => cluster.kubeconfig(),
    });
    const [first] = applications;
    if (first === undefined) throw new Error('no application is defined');
    const registration = clusterOf(first.value, []);
    const kinds = await (await clusters.reader(registration)).kinds();
    const writer = await clusters.writer(registration);
    const store = createStore({ aws: table.aws, table: table.table });
    for (const { value } of applications) {
      const { name } = value.metadata;
      const desired = asApplied(value, manifests.get(name) ?? [], kinds);
      await writer.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      await pMap(desired, (manifest) => writer.apply(manifest), { concurrency: 8 });
      await store.inventories.save(
        name,
        desired.map((manifest) => ({ apiVersion: manifest.apiVersion, key: keyOf(manifest) })),
      );
    }
    const variables = {
      TRIMTAB_CONTROL_REPOSITORY: REPOSITORY,
      TRIMTAB_APP_ID: String(forge.app.id),
      TRIMTAB_PRIVATE_KEY_REF: 'env:PRIVATE_KEY',
      PRIVATE_KEY: forge.app.privateKey,
      TRIMTAB_GITHUB_API: forge.apiUrl,
      TRIMTAB_TABLE: table.table,
      TRIMTAB_QUEUE_REFRESH: queue.urls.refresh,
      TRIMTAB_QUEUE_SYNC: queue.urls.sync,
      TRIMTAB_QUEUE_NOTIFY: queue.urls.notify,
      TRIMTAB_KUBECONFIG_REF: 'env:KUBECONFIG_TEXT',
      KUBECONFIG_TEXT: cluster.kubeconfig(),
      TRIMTAB_MARK_KEY_REF: 'env:MARK_KEY',
      MARK_KEY: 'a key of this benchmark',
      TRIMTAB_CACHE: folder,
      AWS_REGION: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      AWS_ENDPOINT_URL_SQS: queue.endpoint,
    };
    const { file, nodeOptions } = await bundle('refresh', folder);
    const run = await measured([SCRIPT, file, IN_CLUSTER.server], { ...variables, NODE_OPTIONS: nodeOptions });
    const statuses = await store.statuses.all();
    const synced = statuses.filter((status) => status.sync === 'Synced');
    if (synced.length !== size) {
      throw new Error(
        `${synced.length} of ${size} are Synced: ${JSON.stringify(statuses.find((one) => one.sync !== 'Synced'))}`.slice(
          0,
          2000,
        ),
      );
    }
    return run;
  } finally {
    await Promise.all([forge.close(), cluster.close(), table.close(), queue.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** As Git has them: what the destination says (the namespace) is left to it, and Deployments have no replicas to wait for. */
function resourcesOf(application: number): readonly Manifest[] {
  return Array.from({ length: RESOURCES }, (_, index) => {
    const { apiVersion, kind, metadata, ...body } = resource(application * RESOURCES + index).desired;
    const { name, labels } = metadata;
    return { apiVersion, kind, metadata: { name: name ?? '', labels: labels ?? {} }, ...body };
  });
}

function application(name: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
spec:
  project: default
  source:
    repoURL: ${REPO_URL}
    targetRevision: HEAD
    path: apps/${name}
  destination:
    server: https://kubernetes.default.svc
    namespace: ${name}
`;
}
