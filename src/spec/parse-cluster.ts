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
