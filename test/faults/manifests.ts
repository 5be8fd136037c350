import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { windowedProject } from '../fixtures/windowed-project.ts';
import type { Commit, Definition } from './repository.ts';

interface Looks {
  readonly wave?: number;
  readonly hook?: string;
  readonly policy?: string;
  readonly options?: string;
  readonly compare?: string;
  readonly body?: object;
}

const API_VERSIONS: Readonly<Record<string, string>> = { Deployment: 'apps/v1', Job: 'batch/v1' };

export function resource(kind: string, name: string, looks: Looks = {}): Manifest {
  const annotations = {
    ...(looks.wave === undefined ? {} : { [ANNOTATION.syncWave]: String(looks.wave) }),
    ...(looks.hook === undefined ? {} : { [ANNOTATION.hook]: looks.hook }),
    ...(looks.policy === undefined ? {} : { [ANNOTATION.hookDeletePolicy]: looks.policy }),
    ...(looks.options === undefined ? {} : { [ANNOTATION.syncOptions]: looks.options }),
    ...(looks.compare === undefined ? {} : { [ANNOTATION.compareOptions]: looks.compare }),
  };
  return {
    apiVersion: API_VERSIONS[kind] ?? 'v1',
    kind,
    metadata: { name, ...(kind === 'Namespace' ? {} : { namespace: 'shop' }), annotations },
    ...looks.body,
  };
}

export const config = (name: string, value: string, looks: Looks = {}): Manifest =>
  resource('ConfigMap', name, { ...looks, body: { data: { value } } });

export const web = (image: string, looks: Looks = {}): Manifest =>
  resource('Deployment', 'web', {
    ...looks,
    body: { spec: { replicas: 2, template: { spec: { containers: [{ name: 'web', image }] } } } },
  });

export const job = (name: string, hook: string, policy?: string): Manifest =>
  resource('Job', name, { hook, ...(policy === undefined ? {} : { policy }) });

export function application(
  name: string,
  options: {
    readonly finalizers?: readonly string[];
    readonly limit?: number;
    readonly syncOptions?: readonly string[];
    readonly annotations?: Readonly<Record<string, string>>;
  } = {},
): Definition {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      ...(options.annotations && { annotations: options.annotations }),
      ...(options.finalizers && { finalizers: options.finalizers }),
    },
    spec: {
      project: 'default',
      source: { repoURL: 'https://github.com/acme/platform', path: name },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true', ...(options.syncOptions ?? [])],
        ...(options.limit === undefined
          ? {}
          : { retry: { limit: options.limit, backoff: { duration: '5s', factor: 2 } } }),
      },
    },
  };
}

export function commit(
  renders: Commit['renders'],
  applications: readonly Definition[] = Object.keys(renders).map((name) => application(name)),
  others: readonly Definition[] = [],
): Commit {
  return { applications, renders, others };
}

/** The project of all applications, with a window in which none of them syncs. */
export function closed(schedule: string, duration: string): Definition {
  return windowedProject('default', { kind: 'deny', schedule, duration });
}

/** A hook that leaves its name to the server. */
export function generated(prefix: string, hook: string, policy: string): Manifest {
  const { metadata, ...rest } = job(prefix, hook, policy);
  const { name: _, ...unnamed } = metadata;
  return { ...rest, metadata: { ...unnamed, generateName: `${prefix}-` } } as Manifest;
}

/** An Application that somebody has to sync. */
export function manual(name: string): Definition {
  const { spec, ...rest } = application(name);
  return { ...rest, spec: { ...Object(spec), syncPolicy: { syncOptions: ['CreateNamespace=true'] } } };
}
