import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { changesJson, changesText } from '../../src/cli/change-text.ts';
import { applicationFacts } from '../../src/notify/index.ts';
import type { Application } from '../../src/spec/application.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { asProblem } from '../../src/spec/problem.ts';
import { failedAnswer, historyAnswer } from '../../templates/answers.ts';
import { diffAnswer, driftLine } from '../../templates/diff-answer.ts';
import { syncFailedText } from '../../templates/sync-comment.ts';
import { application, configMap, type Desk, startDesk } from '../flows/desk.ts';

/** Values that stand nowhere by chance: a hit is a leak. Lower case letters alone, so that no encoding changes them. */
const canaries = fc.stringMatching(/^[a-z]{12}$/).map((text) => `zq${text}qz`);

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A Secret that holds the canary in one of the shapes that people write, right or wrong. */
const SHAPES: Readonly<Record<string, (canary: string) => object>> = {
  data: (canary) => ({ data: { password: base64(canary) } }),
  stringData: (canary) => ({ stringData: { password: canary } }),
  'data that is not base64': (canary) => ({ data: { password: `${canary}!` } }),
  'a list in stringData': (canary) => ({ stringData: { password: [canary] } }),
  'a map in stringData': (canary) => ({ stringData: { password: { deep: { er: canary } } } }),
  'a text in the place of data': (canary) => ({ data: canary }),
  'a field that Secrets do not have': (canary) => ({ spec: { password: canary } }),
  'last-applied of kubectl': (canary) => ({
    metadata: {
      name: 'token',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: { a: base64(canary) } }),
      },
    },
    data: { password: base64(canary) },
  }),
};

const secretOf = (shape: string, canary: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'token' },
  ...SHAPES[shape]?.(canary),
});

/** A server that answers each write with all that it was sent: in message, causes, reason and warnings. */
function echo(canary: string, code: number): object {
  const quoted = `admission webhook denied the request: "${canary}" (${base64(canary)})`;
  const causes = [canary, `data.${base64(canary)}`, quoted].map((field) => ({
    field,
    message: quoted,
    reason: quoted,
  }));
  return {
    status: code,
    headers: { warning: `299 - ${JSON.stringify(quoted)}` },
    body: {
      kind: 'Status',
      status: 'Failure',
      message: quoted,
      reason: canary,
      details: { causes, name: 'token' },
      code,
    },
  };
}

/** All that a desk knows and would say of an application. */
async function told(desk: Desk, name: string): Promise<string> {
  const status = await desk.status(name);
  const operation = (await desk.store.operations.load(name))?.value;
  const history = await desk.store.histories.list(name, 50);
  const shown = operation === undefined ? [] : [syncFailedText(operation)];
  const one = application(name) as Application;
  return [
    ...[status, operation, history, await desk.store.inventories.load(name), desk.sent].map((each) =>
      JSON.stringify(each),
    ),
    JSON.stringify(applicationFacts({ application: one, status, history, ...(operation && { operation }) })),
    diffAnswer([status], new Map()),
    historyAnswer(name, history),
    changesText(status.drift),
    changesJson(status.drift),
    ...status.drift.flatMap(({ fields }) => fields.map(driftLine)),
    ...shown,
  ].join('\n');
}

/** The canary as it is, and as base64 of it would show at any offset. */
function expectNo(canary: string, text: string): void {
  const forms = [0, 1, 2].map((shift) => base64(`${'x'.repeat(shift)}${canary}`).slice(shift + 1, -4));
  for (const form of [canary, ...forms]) expect(text).not.toContain(form);
}

/** What goes to the log while something runs. */
async function logged(run: () => Promise<void>): Promise<string> {
  const lines: string[] = [];
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void lines.push(words.map(String).join(' '))),
  );
  await run();
  for (const spy of spies) spy.mockRestore();
  return lines.join('\n');
}

describe.each(Object.keys(SHAPES))('a value of a Secret, written as %s', (shape) => {
  it('is told nowhere, whatever the API server says of it', async () => {
    await fc.assert(
      fc.asyncProperty(canaries, fc.constantFrom(400, 403, 409, 422, 500), async (canary, code) => {
        const desk = await startDesk({
          definitions: [application('shop')],
          renders: { shop: [secretOf(shape, canary), configMap('config', 'git')] },
          cluster: {
            intercept: ({ method, path }) =>
              method !== 'GET' && path.includes('/secrets') ? (echo(canary, code) as never) : undefined,
          },
        });
        let failure = '';
        const log = await logged(async () => {
          await desk.look().catch((thrown: unknown) => {
            const problem = asProblem(thrown);
            failure = `${problem.message} ${problem.fix} ${JSON.stringify(problem)} ${failedAnswer('/sync shop', problem)}`;
          });
        });
        expectNo(canary, `${log}\n${failure}\n${await told(desk, 'shop')}`);
      }),
      { seed: 31, numRuns: 2 },
    );
  });
});

it('a value of a Secret that lies in another object is told nowhere, whatever the API server says of it', async () => {
  const canary = 'zqcrossplaneqz';
  const carrier: Manifest = {
    ...configMap('carrier', 'git'),
    spec: { forProvider: { manifest: secretOf('stringData', canary) } },
  };
  const desk = await startDesk({
    definitions: [application('shop')],
    renders: { shop: [carrier] },
    cluster: {
      intercept: ({ method, path }) =>
        method === 'PATCH' && path.includes('/configmaps') ? (echo(canary, 403) as never) : undefined,
    },
  });
  await desk.look();
  expectNo(canary, await told(desk, 'shop'));
});

it('a value of a Secret that drifts is a mark: the same for the same value and key, another for another', async () => {
  const [first, second] = ['zqfirstvalueqz', 'zqsecondvalueqz'];
  const desk = await startDesk({
    definitions: [application('shop', { syncPolicy: { syncOptions: ['CreateNamespace=true'] } })],
    renders: { shop: [secretOf('stringData', first)] },
  });
  const post = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`${desk.cluster.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(201);
  };
  await post('/api/v1/namespaces', { metadata: { name: 'shop' } });
  await post('/api/v1/namespaces/shop/secrets', { metadata: { name: 'token' }, stringData: { password: second } });
  const marks: unknown[] = [];
  for (let round = 0; round < 2; round += 1) {
    await desk.look();
    const text = await told(desk, 'shop');
    expectNo(first, text);
    expectNo(second, text);
    const fields = (await desk.status('shop')).drift.flatMap((change) => change.fields);
    const field = fields.find(({ path }) => path === 'data.password');
    marks.push([field?.from, field?.to]);
  }
  expect(marks[0]).toEqual(marks[1]);
  const [from, to] = marks[0] as readonly [string, string];
  expect(from).toMatch(/^•[0-9a-f]{8}•$/);
  expect(from).not.toBe(to);
});

it('a health script that judges Secrets tells nothing of them', async () => {
  const canary = 'zqspokenbyluaqz';
  const script = 'return { status = "Degraded", message = "the password is " .. obj.data.password }';
  const desk = await startDesk({
    engines: true,
    definitions: [
      application('shop'),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'argocd-cm' },
        data: { 'resource.customizations.health.Secret': script },
      },
    ],
    renders: { shop: [secretOf('stringData', canary)] },
  });
  await desk.look();
  expect(await desk.status('shop')).toMatchObject({ health: { status: 'Degraded' } });
  expectNo(canary, await told(desk, 'shop'));
});
