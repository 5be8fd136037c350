import { widgets as definition, SIZED } from '../../fixtures/widgets.ts';
/** An object as people write it. */
export interface Written {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export function configMap(name: string, value: string, annotations?: Readonly<Record<string, string>>): Written {
  return annotated({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } }, annotations ?? {});
}

/** A Deployment of one container. */
export function deployment(name: string, spec: Readonly<Record<string, unknown>> = {}): Written {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: podTemplate(name), ...spec },
  };
}

export function podTemplate(name: string, image = 'nginx:1.27'): object {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image }] } };
}

/** A Job of one container; the command `false` fails. */
export function job(name: string, command = 'true', annotations: Readonly<Record<string, string>> = {}): Written {
  return annotated(
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        backoffLimit: 0,
        template: {
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.37', command: [command] }] },
        },
      },
    },
    annotations,
  );
}

/** A Job that runs as a hook. */
export function hook(name: string, phase: string, command = 'true', deletePolicy?: string): Written {
  return job(name, command, {
    'argocd.argoproj.io/hook': phase,
    ...(deletePolicy === undefined ? {} : { 'argocd.argoproj.io/hook-delete-policy': deletePolicy }),
  });
}

/** The same object with more annotations. */
export function annotated(object: Written, annotations: Readonly<Record<string, string>>): Written {
  if (Object.keys(annotations).length === 0) return object;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

export function inWave(object: Written, wave: number): Written {
  return annotated(object, { 'argocd.argoproj.io/sync-wave': String(wave) });
}

/** The same object with sync options of its own: `Prune=false`. */
export function optioned(object: Written, options: string): Written {
  return annotated(object, { 'argocd.argoproj.io/sync-options': options });
}

/** The definition of widgets whose `spec.size` is a number. */
export function widgets(group: string): Written {
  return definition(group, SIZED);
}

export function widget(group: string, name: string, size: number): Written {
  return { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name }, spec: { size } };
}
