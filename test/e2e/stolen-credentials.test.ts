import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { application, configMap, type Platform, startPlatform } from './platform.ts';

/** The host of somebody who may write to the control repository, and wants to know the App's private key. */
let thief: Server;
const heard: string[] = [];
let trimtab: Platform;

function registration(name: string, server: string, bearerToken: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    stringData: { name, server, config: JSON.stringify({ bearerToken }) },
  });
}

beforeAll(async () => {
  thief = createServer((request, response) => {
    heard.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(401).end();
  });
  thief.listen(0, '127.0.0.1');
  await once(thief, 'listening');
  const { port } = thief.address() as AddressInfo;
  // The variables that hold the embedded installation's secrets, a file, and parameters of another function.
  const references = { key: 'env:PRIVATE_KEY', file: 'file:/proc/self/environ', slack: 'ssm:/trimtab/dev/slack-token' };
  const files = Object.entries(references).flatMap(([name, reference]) => [
    [`argocd/${name}-cluster.yaml`, registration(name, `http://127.0.0.1:${port}/${name}`, reference)],
    [`argocd/${name}.yaml`, application(name, { server: `http://127.0.0.1:${port}/${name}` })],
    [`apps/${name}/config.yaml`, configMap(name, 'x')],
  ]);
  trimtab = await startPlatform(Object.fromEntries(files));
  await trimtab.schedule();
});
afterAll(async () => {
  await trimtab.close();
  thief.closeAllConnections();
  thief.close();
});

it.each([
  ['key', 'env:PRIVATE_KEY'],
  ['file', 'a file'],
  ['slack', 'ssm:/trimtab/dev/slack-token'],
])('a cluster Secret in Git can send no other secret to a host of its own: %s', async (name, says) => {
  const status = await trimtab.store.statuses.load(name);
  expect(status?.sync).toBe('Unknown');
  expect(JSON.stringify(status)).toContain(says);
  expect(JSON.stringify(status)).not.toContain('BEGIN');
  expect(heard).toEqual([]);
});
