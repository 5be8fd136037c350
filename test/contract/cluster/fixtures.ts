import { randomBytes } from 'node:crypto';
import type { Client } from './client.ts';

/** A name that no other test uses, so that many can share one server. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** A namespace of its own for a test; returns its name. */
export async function makeNamespace(client: Client): Promise<string> {
  const name = uniqueName('contract');
  const { code, text } = await client.post('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
  if (code !== 201) throw new Error(`namespace ${name} was not created: ${text}`);
  return name;
}

/** A Deployment as people write it: nothing in it that the server would fill in. */
export function deployment(name: string, spec: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }] },
      },
      ...spec,
    },
  };
}

export function configMap(
  name: string,
  data: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

/** The managers of an object, a line each: `trimtab Apply`, `kubectl Update scale`. */
export function managersOf(object: {
  readonly metadata: {
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly subresource?: string;
    }[];
  };
}): readonly string[] {
  const entries = object.metadata.managedFields ?? [];
  return entries
    .map((one) => [one.manager, one.operation, ...(one.subresource === undefined ? [] : [one.subresource])].join(' '))
    .sort();
}

/** The fields of one manager. */
export function fieldsOf(
  object: {
    readonly metadata: { readonly managedFields?: readonly { readonly manager: string; readonly fieldsV1: unknown }[] };
  },
  manager: string,
): unknown {
  return object.metadata.managedFields?.find((one) => one.manager === manager)?.fieldsV1;
}
