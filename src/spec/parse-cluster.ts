import * as z from 'zod';
import { check } from './check.ts';
import type { ManifestDocument } from './documents.ts';
import { type ParsedSecret, parseSecret } from './parse-secret.ts';
import { Problem } from './problem.ts';
import type { ClusterRegistration } from './settings.ts';

const text = z.string().exactOptional();

const tls = z.object({
  insecure: z.boolean().exactOptional(),
  serverName: text,
  caData: text,
  certData: text,
  keyData: text,
});

const config = z.object({
  bearerToken: text,
  username: text,
  password: text,
  tlsClientConfig: tls.exactOptional(),
  proxyUrl: text,
  disableCompression: z.boolean().exactOptional(),
  awsAuthConfig: z.object({ clusterName: z.string(), roleARN: text, profile: text }).exactOptional(),
  execProviderConfig: z
    .object({
      command: z.string(),
      args: z.array(z.string()).exactOptional(),
      env: z.record(z.string(), z.string()).exactOptional(),
      apiVersion: text,
      installHint: text,
    })
    .exactOptional(),
});

/** A registration, and what is odd but bearable about it. */
export interface ParsedCluster {
  readonly value: ClusterRegistration;
  readonly warnings: readonly Problem[];
}

/**
 * A cluster from a Secret with the label `argocd.argoproj.io/secret-type: cluster`; `stringData` wins over `data`, as
 * the API server has it. No message holds a value of the Secret. What only one machine can use is a warning. `shard` is
 * for the controllers of Argo CD, and means nothing here. Throws Problem `invalid-manifest`.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export function parseCluster(document: ManifestDocument): ParsedCluster {
  const { value, read, warnings } = parseSecret(document, 'cluster');
  const server = read('server') ?? '';
  if (server === '') {
    throw new Problem('invalid-manifest', `the cluster Secret ${value.metadata.name} names no server`, {
      where: document.where(['stringData']),
      fix: 'Add `server`, the URL of the API server, under stringData.',
    });
  }
  const credentials = parseConfig(read('config'), value, document);
  const namespaces = (read('namespaces') ?? '').split(',').map((each) => each.trim());
  const project = read('project') ?? '';
  const name = read('name') ?? '';
  return {
    value: {
      name: name === '' ? server : name,
      server,
      labels: value.metadata.labels ?? {},
      ...(value.metadata.annotations === undefined ? {} : { annotations: value.metadata.annotations }),
      namespaces: namespaces.filter((each) => each !== ''),
      ...(isTrue(read('clusterResources')) ? { clusterResources: true } : {}),
      ...(project === '' ? {} : { project }),
      config: credentials.value,
    },
    warnings: [...warnings, ...credentials.warnings],
  };
}

function parseConfig(
  json: string | undefined,
  value: ParsedSecret['value'],
  document: ManifestDocument,
): { readonly value: ClusterRegistration['config']; readonly warnings: readonly Problem[] } {
  if (json === undefined || json.trim() === '') return { value: {}, warnings: [] };
  const path = [value.stringData?.['config'] === undefined ? 'data' : 'stringData', 'config'];
  const where = document.where(path);
  const checked = check(config, parsedJson(json, document, path), (field) => ({
    ...where,
    field: [...path, ...field].join('.'),
  }));
  const { awsAuthConfig, execProviderConfig } = checked.value;
  const warning = (what: string, fix: string): Problem =>
    new Problem('unsupported', `the cluster Secret ${value.metadata.name} uses ${what}`, { where, fix });
  const local = [
    ...(execProviderConfig === undefined ? [] : [warning('execProviderConfig, which only a laptop runs', CONNECT_BY)]),
    ...((awsAuthConfig?.profile ?? '') === ''
      ? []
      : [warning('awsAuthConfig.profile, which no function has', NAME_ROLE)]),
  ];
  return { value: checked.value, warnings: [...checked.warnings, ...local] };
}

const CONNECT_BY =
  'Functions refuse this cluster. Use awsAuthConfig for EKS, else a bearerToken or a client certificate: `ssm:NAME`, `secretsmanager:NAME`.';
const NAME_ROLE = 'This cluster is refused. Leave profile out, or name a role in its place: roleARN.';

/** As Go reads a bool. https://pkg.go.dev/strconv#ParseBool */
function isTrue(text = ''): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text);
}

function parsedJson(json: string, document: ManifestDocument, path: readonly string[]): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The engine's own message quotes the text, and this is a Secret.
    throw new Problem('invalid-manifest', `${path.join('.')} of a cluster Secret must be JSON`, {
      where: document.where(path),
      fix: 'Write one JSON object: {"bearerToken": "env:NAME", "tlsClientConfig": {"caData": "…"}}.',
    });
  }
}
