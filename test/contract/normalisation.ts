import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWritableClusters } from '../../src/cluster/writable.ts';
import { compareLive, createMarks } from '../../src/diff/index.ts';
import { keyOf, type Manifest } from '../../src/spec/manifest.ts';
import type { ClusterReader, ClusterWriter } from '../../src/spec/ports.ts';
import type { ClusterRegistration } from '../../src/spec/settings.ts';

const rules = { marks: createMarks('key of this installation') };

/**
 * What of a manifest is the same to an API server however it is spelled must be the same to trimtab, from the first look
 * on; and whatever is changed of what a manifest says must be seen. For any API server: the embedded one and a real one.
 */
export function normalisationContract(subject: {
  readonly name: string;
  readonly numRuns: number;
  registration(): ClusterRegistration;
}): void {
  describe(`a manifest that ${subject.name} has taken`, () => {
    const namespace = `spelling-${Math.random().toString(36).slice(2, 10)}`;
    let clients: Promise<{ readonly reader: ClusterReader; readonly writer: ClusterWriter }> | undefined;
    let names = 0;

    async function connect(): Promise<{ readonly reader: ClusterReader; readonly writer: ClusterWriter }> {
      const clusters = createWritableClusters({});
      const registration = subject.registration();
      const writer = await clusters.writer(registration);
      await writer.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      return { reader: await clusters.reader(registration), writer };
    }

    /** The manifest under a name of its own, and what the server holds of it now. */
    async function applied(body: Manifest): Promise<{ readonly desired: Manifest; readonly live: Manifest }> {
      clients ??= connect();
      const { reader, writer } = await clients;
      const name = `spelt-${names++}`;
      const desired = { ...body, metadata: { ...body.metadata, name, namespace } };
      await writer.apply(desired);
      const live = await reader.get(desired.apiVersion, keyOf(desired));
      if (live === undefined) throw new Error(`${name} is not there`);
      return { desired, live };
    }

    it('differs in nothing, however it is spelled', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(MANIFESTS, async (body) => {
          const { desired, live } = await applied(body);
          expect(compareLive([desired], [live], rules)).toEqual([]);
        }),
        { seed: 11, numRuns: subject.numRuns },
      );
    });

    it('differs as soon as anything that it says is another', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(MANIFESTS, fc.nat(), async (body, chosen) => {
          const { desired, live } = await applied(body);
          const places = leaves(desired).filter(([first, second]) => first !== 'metadata' || second === 'labels');
          const said = places.filter(([first]) => first !== 'apiVersion' && first !== 'kind');
          const place = said[chosen % said.length];
          if (place === undefined) return;
          const [change] = compareLive([changedAt(desired, place) as Manifest], [live], rules);
          expect(change, place.join('.')).toMatchObject({ action: 'update' });
        }),
        { seed: 12, numRuns: subject.numRuns },
      );
    });
  });
}

type Path = readonly (string | number)[];

/** Every text, number and boolean of a value. */
function leaves(value: unknown, at: Path = []): readonly Path[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...at, index]));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => leaves(item, [...at, key]));
  }
  return value === null || value === undefined ? [] : [at];
}

/** The value with another one at a place. Base64 stays base64, or it would be refused and not differ. */
function changedAt(value: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined) {
    if (typeof value === 'boolean') return !value;
    return typeof value === 'number' ? value + 1 : `${Buffer.from('other').toString('base64')}${String(value)}`;
  }
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? changedAt(item, rest) : item));
  const map = value as Readonly<Record<string, unknown>>;
  return { ...map, [step]: changedAt(map[step], rest) };
}

// ── Spellings ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** So many thousandths of a CPU, in each spelling. */
const cpus = fc.integer({ min: 1, max: 4000 }).chain((milli) => {
  const whole = milli % 1000 === 0 ? [milli / 1000, `${milli / 1000}`] : [];
  return fc.constantFrom<string | number>(`${milli}m`, `${milli / 1000}`, milli / 1000, ...whole);
});

const memories = fc
  .integer({ min: 1, max: 64 })
  .chain((gibi) =>
    fc.constantFrom<string | number>(
      `${gibi}Gi`,
      `${gibi * 1024}Mi`,
      `${gibi * 1024 * 1024}Ki`,
      `${gibi * 2 ** 30}`,
      gibi * 2 ** 30,
      `${gibi}e9`,
      `${gibi}G`,
      `${gibi}000M`,
    ),
  );

/** A field that may be left out, or be there with nothing in it, where the server takes both for the same. */
function orNothing<T>(field: string, values: fc.Arbitrary<T>, nothing: readonly unknown[]): fc.Arbitrary<object> {
  return fc.oneof(
    values.map((value) => ({ [field]: value })),
    fc.constant({}),
    ...nothing.map((value) => fc.constant({ [field]: value })),
  );
}

function together(...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all));
}

const word = fc.stringMatching(/^[a-z]([a-z0-9]{0,8}[a-z0-9])?$/);
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const labels = fc.dictionary(word, word, { maxKeys: 3 });

const containerPorts = fc
  .uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 3 })
  .chain((numbers) =>
    fc.tuple(
      ...numbers.map((containerPort) =>
        fc.constantFrom({ containerPort }, { containerPort, protocol: 'TCP' }, { containerPort, protocol: 'UDP' }),
      ),
    ),
  );

const variables = fc.uniqueArray(word, { maxLength: 3 }).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc.oneof(
        text.map((value) => ({ name, value })),
        fc.constant({ name }),
        fc.constant({ name, value: '' }),
      ),
    ),
  ),
);

const containers = together(
  fc.constant({ name: 'web', image: 'ghcr.io/acme/web:1.4.2' }),
  orNothing('args', fc.array(text, { minLength: 1, maxLength: 2 }), [[], null]),
  orNothing('ports', containerPorts, [[], null]),
  orNothing('env', variables, [[], null]),
  orNothing(
    'resources',
    together(orNothing('limits', together(orNothing('cpu', cpus, []), orNothing('memory', memories, [])), [{}, null])),
    [{}],
  ),
  orNothing(
    'readinessProbe',
    fc.constantFrom<string | number>(8080, 'http').map((port) => ({ httpGet: { port, path: '/ready' } })),
    [null],
  ),
  orNothing('stdin', fc.boolean(), [false]),
);

const podSpec = together(
  containers.map((container) => ({ containers: [container] })),
  orNothing('nodeSelector', labels, [{}, null]),
  orNothing('hostNetwork', fc.constant(false), [null]),
  orNothing('restartPolicy', fc.constant('Always'), []),
  orNothing(
    'imagePullSecrets',
    word.map((name) => [{ name }]),
    [[], null],
  ),
  orNothing('volumes', fc.constant([{ name: 'tmp', emptyDir: {} }]), [[], null]),
);

const deployments = fc
  .record({
    spec: podSpec,
    replicas: fc.integer({ min: 0, max: 9 }),
    surge: fc.constantFrom<string | number>(1, '25%'),
  })
  .map(({ spec, replicas, surge }) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      replicas,
      strategy: { rollingUpdate: { maxSurge: surge } },
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' }, creationTimestamp: null }, spec },
    },
  }));

const values = fc.dictionary(word, text, { maxKeys: 3 });
const encoded = values.map((map) =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
);

const secrets = together(
  fc.constant({ apiVersion: 'v1', kind: 'Secret' }),
  orNothing('data', encoded, [{}, null]),
  orNothing('stringData', values, [{}, null]),
  orNothing('type', fc.constant('Opaque'), []),
);

const configMaps = together(
  fc.constant({ apiVersion: 'v1', kind: 'ConfigMap' }),
  orNothing('data', values, [{}, null]),
  orNothing(
    'binaryData',
    encoded.map((map) => Object.fromEntries(Object.entries(map).map(([key, value]) => [`b-${key}`, value]))),
    [{}, null],
  ),
);

const services = together(
  fc
    .constantFrom<string | number>(8080, 'http')
    .map((targetPort) => ({ ports: [{ name: 'http', port: 80, targetPort }] })),
  orNothing('selector', labels, [{}, null]),
  orNothing('type', fc.constant('ClusterIP'), []),
  orNothing('sessionAffinity', fc.constant('None'), []),
).map((spec) => ({ apiVersion: 'v1', kind: 'Service', spec }));

const quotas = fc.record({ cpu: cpus, memory: memories }).map(({ cpu, memory }) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  // It would keep the others out, were it to hold for them
  spec: { hard: { 'limits.cpu': cpu, 'limits.memory': memory }, scopes: ['Terminating'] },
}));

const claims = memories.map((storage) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
}));

const budgets = fc.constantFrom<string | number>(1, '50%').map((minAvailable) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
}));

const MANIFESTS: fc.Arbitrary<Manifest> = fc
  .tuple(
    fc.oneof<fc.Arbitrary<object>[]>(deployments, secrets, configMaps, services, quotas, claims, budgets),
    orNothing('labels', labels, [{}, null]),
  )
  .map(([body, metadata]) => ({ ...body, metadata }) as Manifest);
