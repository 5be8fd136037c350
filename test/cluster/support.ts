import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { inject } from 'vitest';
import type { ClusterRegistration } from '../../src/spec/settings.ts';
import type { EngineCluster } from '../contract/engine/stage.ts';

/** A name that no other test uses: all of them share one cluster, and leave behind what they made. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** The real cluster as Argo CD's cluster Secret would register it. */
export function registration(): ClusterRegistration {
  const { url, token, ca } = inject('cluster');
  const caData = Buffer.from(ca).toString('base64');
  return {
    name: 'real',
    server: url,
    labels: {},
    namespaces: [],
    config: { bearerToken: token, tlsClientConfig: { caData } },
  };
}

/** The real cluster as a kubeconfig (JSON, which is YAML) names it. */
export function kubeconfig(): string {
  const { url, token, ca } = inject('cluster');
  const name = 'real';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/** The real cluster as the stages of the engine's contract take it. */
export function engineCluster(): EngineCluster {
  const { url, token, ca } = inject('cluster');
  const headers = { authorization: `Bearer ${token}` };
  return { url, headers, tls: { ca }, kubeconfig: kubeconfig(), breath: 150, close: async () => undefined };
}

/** What JSON.parse gives: tests walk through objects of every kind. */
type Loose = ReturnType<typeof JSON.parse>;

/**
 * Somebody else's request to the real cluster, as field manager `kubectl-edit`. A body is a merge patch, or with POST the
 * object. Answers the object; undefined for 404. Throws for any other refusal.
 */
export async function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Loose> {
  const { url, token, ca } = inject('cluster');
  const target = new URL(path, url);
  if (method === 'PATCH' || method === 'POST') target.searchParams.set('fieldManager', 'kubectl-edit');
  const text = body === undefined ? undefined : JSON.stringify(body);
  return await new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const outgoing = request(target, {
      method,
      ca,
      headers: {
        authorization: `Bearer ${token}`,
        ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        const code = incoming.statusCode ?? 0;
        if (code === 404) resolve(undefined);
        else if (code >= 300) reject(new Error(`${method} ${path} was refused: ${answer}`));
        else resolve(JSON.parse(answer));
      });
    });
    outgoing.end(text);
  });
}
