import type { AddressInfo } from 'node:net';
import type { ApiContext } from './api.ts';
import { createCatalog } from './catalog.ts';
import { runDeployments } from './controllers/deployments.ts';
import { createGarbageCollector } from './controllers/garbage.ts';
import { createHands, type Hands } from './controllers/hands.ts';
import { runJobs } from './controllers/jobs.ts';
import { runNamespaces } from './controllers/namespaces.ts';
import { NODE, runPods } from './controllers/pods.ts';
import { runSurroundings } from './controllers/surroundings.ts';
import { runDaemonSets, runReplicaSets, runStatefulSets } from './controllers/workloads.ts';
import type { Json } from './json.ts';
import { readTarget } from './request.ts';
import { createApiServer, type LoggedRequest, type ServerOptions } from './server.ts';
import { createStore } from './store.ts';
import type { Allocator } from './strategy.ts';
import { createRegistry } from './write.ts';

/** How the embedded cluster runs. */
export interface LocalClusterOptions extends ServerOptions {
  /** Port on 127.0.0.1; a free one when left out. */
  readonly port?: number;
  /**
   * `auto` (default): the controllers run by themselves shortly after each change, as on a real cluster. `manual`: they only run when a
   * test calls `tick` or `settle`, so that it sees each step.
   */
  readonly controllers?: 'auto' | 'manual';
  /** Milliseconds between the steps of the controllers in automatic mode; 20 when left out. A demo may want to watch. */
  readonly stepDelay?: number;
  /** The clock, in milliseconds since 1970. */
  now?(): number;
}

/** A Kubernetes API in this process. */
export interface LocalCluster {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly token?: string;
  /** A kubeconfig (JSON, which is YAML) for kubectl and `KubeConfig`. */
  kubeconfig(): string;
  /** Every request so far, in order; may be emptied by setting its length to 0. */
  readonly requests: LoggedRequest[];
  /** The object at a path of the API (`/apis/apps/v1/namespaces/shop/deployments/web`), without a request. */
  get(path: string): Json | undefined;
  /** All objects, or those of one kind (`Deployment`), in the order of the API. */
  all(kind?: string): readonly Json[];
  /** One step of each controller; whether anything changed. */
  tick(): boolean;
  /** Steps until nothing changes any more. */
  settle(): void;
  /** Forgets the past, as etcd's compaction does: older watches and list pages get 410. */
  compact(): void;
  /** Stops the controllers and the server, and cuts all connections. */
  close(): Promise<void>;
}

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** More steps than any set of controllers needs to come to rest; beyond it they fight each other. */
const MOST_STEPS = 1000;

/**
 * Starts a Kubernetes API on loopback: in memory, empty but for the namespaces and the node that every cluster has. Rejects when the
 * port is taken.
 *
 * How its workloads fare can be told from outside: an image whose name holds `does-not-exist` or `broken` cannot be pulled; a container
 * whose command is `false` or holds `exit 1` fails; the annotation `local.trimtab.dev/outcome: fail` (or `hang`) on a pod or its
 * template says so, too. It reads JSON and YAML, no protobuf: `kubectl apply` works, the generators `kubectl create deployment|job` need
 * `--dry-run=client -o yaml | kubectl apply -f -`.
 */
export async function createLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const now = () => options.now?.() ?? Date.now();
  const store = createStore();
  const catalog = createCatalog(store);
  const allocator = createAllocator(now);
  const registry = createRegistry(store, catalog, allocator);
  const hands = createHands(store, catalog, registry, allocator, now);
  const collectGarbage = createGarbageCollector(store);
  furnish(hands);

  function tick(): boolean {
    const before = store.revision();
    runNamespaces(hands, store, catalog);
    collectGarbage(hands);
    runPods(hands);
    runJobs(hands);
    runReplicaSets(hands);
    runDeployments(hands);
    runStatefulSets(hands);
    runDaemonSets(hands);
    runSurroundings(hands);
    return store.revision() !== before;
  }

  function settle(): void {
    for (let step = 0; step < MOST_STEPS && tick(); step += 1);
  }

  settle();
  const context: ApiContext = { store, catalog, registry, allocator, now };
  const requests: LoggedRequest[] = [];
  const server = createApiServer(context, options, requests);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const stopDriving =
    options.controllers === 'manual' ? () => undefined : drive(store.subscribe, tick, options.stepDelay ?? 20);

  return {
    url,
    ...(options.token === undefined ? {} : { token: options.token }),
    kubeconfig: () => kubeconfigOf(url, options.token),
    requests,
    get: (path) => {
      const target = readTarget(catalog, path);
      return target === undefined
        ? undefined
        : store.get(catalog.storageOf(target.served), target.namespace, target.name)?.object;
    },
    all: (kind) =>
      catalog
        .all()
        .filter(
          (served) =>
            catalog.byStorage(catalog.storageOf(served)) === served && (kind === undefined || served.kind === kind),
        )
        .flatMap((served) => store.list(catalog.storageOf(served)).map((entry) => entry.object)),
    tick,
    settle,
    compact: () => store.compact(),
    close: async () => {
      stopDriving();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Runs the controllers a moment after each change, and on while they change things; deadlines are looked at once a second. */
function drive(subscribe: (listener: () => void) => () => void, tick: () => boolean, delay: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      tick();
    }, delay);
  };
  const unsubscribe = subscribe(later);
  const clock = setInterval(later, 1000);
  clock.unref();
  return () => {
    unsubscribe();
    clearTimeout(timer);
    clearInterval(clock);
  };
}

function createAllocator(now: () => number): Allocator {
  let address = 0;
  let port = 30_000;
  return {
    time: () => `${new Date(now()).toISOString().slice(0, 19)}Z`,
    clusterAddress: () => {
      address += 1;
      return `10.96.${address >> 8}.${address & 255}`;
    },
    nodePort: () => {
      port += 1;
      return port;
    },
  };
}

function furnish(hands: Hands): void {
  for (const name of NAMESPACES)
    hands.create('/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  hands.create('/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE }, spec: {} });
  const node = hands.get('/nodes', '', NODE);
  if (node === undefined) return;
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'there is no kubelet: pods run by themselves',
    lastTransitionTime: hands.time(),
  };
  hands.setStatus('/nodes', node, {
    conditions: [ready],
    nodeInfo: { kubeletVersion: 'v1.36.0', operatingSystem: 'linux', architecture: 'amd64' },
  });
}

function kubeconfigOf(url: string, token: string | undefined): string {
  const name = 'local';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url } }],
    users: [{ name, user: token === undefined ? {} : { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
