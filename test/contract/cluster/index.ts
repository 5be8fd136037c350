import { afterAll, beforeAll, describe } from 'vitest';
import { applyContract } from './apply.ts';
import { type ApiServer, type Client, createClient } from './client.ts';
import { customContract } from './custom.ts';
import { deletionContract } from './deletion.ts';
import { discoveryContract } from './discovery.ts';
import { listsContract } from './lists.ts';
import { objectsContract } from './objects.ts';
import { patchesContract } from './patches.ts';
import { validationContract } from './validation.ts';
import { watchesContract } from './watches.ts';

export type { ApiServer } from './client.ts';

/**
 * What trimtab relies on in an API server of Kubernetes 1.36, for any of them: the embedded one and a real kube-apiserver. It needs
 * no controllers and leaves namespaces behind; each test has its own.
 */
export function clusterContract(subject: { readonly name: string; start(): Promise<ApiServer> }): void {
  describe(`the API of ${subject.name}`, () => {
    let server: ApiServer | undefined;
    let client: Client | undefined;
    const get = (): Client => {
      if (client === undefined) throw new Error(`${subject.name} has not started`);
      return client;
    };
    beforeAll(async () => {
      server = await subject.start();
      client = createClient(server);
    });
    afterAll(async () => {
      await server?.close();
    });
    describe('discovery', () => discoveryContract(get));
    describe('objects', () => objectsContract(get));
    describe('lists', () => listsContract(get));
    describe('patches', () => patchesContract(get));
    describe('server-side apply', () => applyContract(get));
    describe('deletion', () => deletionContract(get));
    describe('validation', () => validationContract(get));
    describe('watches', () => watchesContract(get));
    describe('custom resources', () => customContract(get));
  });
}
