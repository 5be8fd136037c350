import * as z from 'zod';
import { check, checkDocument } from './check.ts';
import type { ManifestDocument } from './documents.ts';
import { Problem } from './problem.ts';
import type { ClusterRegistration } from './settings.ts';

const text = z.string().exactOptional();
const textMap = z.record(z.string(), z.string()).exactOptional();

const secret = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata: z.looseObject({ name: z.string(), labels: textMap, annotations: textMap }),
  type: text,
  immutable: z.boolean().exactOptional(),
  data: textMap,
  stringData: textMap,
});

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
  execProviderConfig: z.unknown().exactOptional(),
});

/** A registration, and what is odd but bearable about it. */
export interface ParsedCluster {
  readonly value: ClusterRegistration;
  readonly warnings: readonly Problem[];
}

/**
 * A cluster from a Secret with the label `argocd.argoproj.io/secret-type: cluster`; `stringData` wins over `data`, as
 * the API server has it. No message holds a value of the Secret.
 * Throws Problem `invalid-manifest`, or `unsupported` for credentials that come from running a program (CVE-2022-24817).
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export function parseCluster(document: ManifestDocument): ParsedCluster {
  const { value, warnings } = checkDocument(secret, document);
  const read = (key: string): string | undefined => value.stringData?.[key] ?? decoded(value.data, key, document);
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
      ...(project === '' ? {} : { project }),
      config: credentials.value,
    },
    warnings: [...warnings, ...credentials.warnings],
  };
}

type Secret = z.infer<typeof secret>;

function decoded(data: Secret['data'], key: string, document: ManifestDocument): string | undefined {
  const value = data?.[key];
  if (value === undefined) return undefined;
  const compact = value.replace(/\s/g, '');
  try {
    const bytes = Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The cause would quote the value, and this is a Secret.
    throw new Problem('invalid-manifest', `data.${key} of a cluster Secret must be base64 of UTF-8 text`, {
      where: document.where(['data', key]),
      fix: 'Encode the value with `base64 -w0`, or write it as it is under stringData.',
    });
  }
}

function parseConfig(
  json: string | undefined,
  value: Secret,
  document: ManifestDocument,
): { readonly value: ClusterRegistration['config']; readonly warnings: readonly Problem[] } {
  if (json === undefined || json.trim() === '') return { value: {}, warnings: [] };
  const path = [value.stringData?.['config'] === undefined ? 'data' : 'stringData', 'config'];
  const where = document.where(path);
  const checked = check(config, parsedJson(json, document, path), (field) => ({
    ...where,
    field: [...path, ...field].join('.'),
  }));
  const { awsAuthConfig, execProviderConfig, ...rest } = checked.value;
  if (execProviderConfig !== undefined) {
    throw new Problem(
      'unsupported',
      `the cluster Secret ${value.metadata.name} uses execProviderConfig, which runs a program`,
      {
        where,
        fix: 'Use awsAuthConfig for EKS, else a bearerToken or a client certificate: `ssm:NAME`, `secretsmanager:NAME`.',
      },
    );
  }
  const { clusterName, roleARN = '', profile = '' } = awsAuthConfig ?? {};
  if (roleARN !== '' || profile !== '') {
    const what = roleARN === '' ? 'profile' : 'roleARN';
    throw new Problem(
      'unsupported',
      `the cluster Secret ${value.metadata.name} uses awsAuthConfig.${what}; trimtab connects as the role of its function`,
      { where, fix: `Leave ${what} out, and give the roles of the functions an access entry in the cluster.` },
    );
  }
  const { proxyUrl, disableCompression, ...known } = rest;
  const ignored = Object.entries({ proxyUrl, disableCompression }).filter(([, set]) => set !== undefined);
  const unsupported = ignored.map(
    ([name]) =>
      new Problem('unsupported', `${path.join('.')}.${name} of a cluster Secret has no effect in trimtab`, { where }),
  );
  const eks = clusterName === undefined ? {} : { awsAuthConfig: { clusterName } };
  return { value: { ...known, ...eks }, warnings: [...checked.warnings, ...unsupported] };
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
