import { describe, expect, it } from 'vitest';
import { orderOf, waitsFor } from '../../src/catalog/order.ts';
import { goesLater, placeOf, policyOf } from '../../src/catalog/rolling-sync.ts';
import type { Application } from '../../src/spec/application.ts';
import { applicationName, type Parsed } from '../../src/spec/application.ts';
import type { Catalogue } from '../../src/spec/catalogue.ts';
import { catalogueOf } from './sets.ts';

/** The example of Argo CD's page on progressive syncs, with more clusters in production. */
const STEPS = `      steps:
      - matchExpressions: [{key: envLabel, operator: In, values: [env-dev]}]
      - matchExpressions: [{key: envLabel, operator: In, values: [env-qa]}]
        maxUpdate: 0
      - matchExpressions: [{key: envLabel, operator: In, values: [env-prod]}]
        maxUpdate: 10%`;

const ELEMENTS = [
  ['dev-1', 'env-dev'],
  ['dev-2', 'env-dev'],
  ['qa', 'env-qa'],
  ...Array.from({ length: 25 }, (_, at) => [`prod-${String(at + 10)}`, 'env-prod']),
  ['lab', 'env-lab'],
];

async function rollout(steps = STEPS, more = '', automated = '{prune: true}', order = ''): Promise<Catalogue> {
  const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: guestbook, namespace: argocd}
spec:
  generators:
  - list: {elements: [${ELEMENTS.map(([name, env]) => `{name: ${name}, env: ${env}}`).join(', ')}]}
  strategy:
    type: RollingSync
${order}    rollingSync:
${more}${steps}
  template:
    metadata: {name: '{{name}}', labels: {envLabel: '{{env}}'}}
    spec:
      project: default
      source: {repoURL: https://github.com/acme/deployments, path: '{{name}}'}
      destination: {server: https://kubernetes.default.svc}
      syncPolicy: {automated: ${automated}, retry: {limit: 3}}
`;
  const catalogue = await catalogueOf(set);
  const [problem] = catalogue.problems;
  if (problem !== undefined) throw problem;
  return catalogue;
}

function find(name: string, { applications }: Catalogue): Parsed<Application> {
  const found = applications.find((one) => applicationName(one.value) === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

/** Whom an application waits for while only these are done. */
function waits(name: string, done: readonly string[], catalogue: Catalogue): readonly string[] {
  return waitsFor(orderOf(find(name, catalogue), catalogue), (each) => done.includes(each));
}

describe('a set with RollingSync', () => {
  it('syncs a step when all of the steps before are done', async () => {
    const catalogue = await rollout();
    expect(waits('dev-1', [], catalogue)).toEqual([]);
    expect(waits('dev-2', [], catalogue)).toEqual([]);
    expect(waits('prod-10', ['dev-1'], catalogue)).toEqual(['dev-2', 'qa']);
    expect(waits('prod-10', ['dev-1', 'dev-2', 'qa'], catalogue)).toEqual([]);
  });

  it('updates no more of a step at once than maxUpdate says', async () => {
    const catalogue = await rollout();
    const before = ['dev-1', 'dev-2', 'qa'];
    // 10 % of 25 is 2.
    expect(placeOf(find('prod-10', catalogue), catalogue)?.most).toBe(2);
    expect(waits('prod-11', before, catalogue)).toEqual([]);
    expect(waits('prod-12', before, catalogue)).toEqual(['prod-10', 'prod-11']);
    expect(waits('prod-12', [...before, 'prod-11'], catalogue)).toEqual([]);
  });

  it.each([
    ['3', 3],
    ['100%', 25],
    ['1%', 1],
    ['0%', 0],
    ["'7'", 7],
  ])('takes maxUpdate %s as %s of 25', async (maxUpdate, most) => {
    const catalogue = await rollout(STEPS.replace('10%', maxUpdate));
    expect(placeOf(find('prod-10', catalogue), catalogue)?.most).toBe(most);
  });

  it('never syncs by itself what is in no step, or in one of which none may be updated', async () => {
    const catalogue = await rollout();
    expect(policyOf(find('lab', catalogue), catalogue)).toEqual({ retry: { limit: 3 } });
    expect(policyOf(find('qa', catalogue), catalogue)).toEqual({ retry: { limit: 3 } });
  });

  it('syncs what is in a step, also without automated sync, and prunes as the template or defaultPrune says', async () => {
    const prune = async (more: string, automated: string): Promise<unknown> => {
      const catalogue = await rollout(STEPS, more, automated);
      return policyOf(find('dev-1', catalogue), catalogue)?.automated;
    };
    expect(await prune('', '{enabled: false}')).toMatchObject({ enabled: true, prune: false });
    expect(await prune('', '{prune: true}')).toMatchObject({ enabled: true, prune: true });
    expect(await prune('      defaultPrune: true\n', '{}')).toMatchObject({ prune: true });
    expect(await prune('      defaultPrune: true\n', '{prune: false}')).toMatchObject({ prune: false });
  });

  it('takes NotIn for fulfilled by a label that is absent, and the first of two steps that fit', async () => {
    const catalogue = await rollout(`      steps:
      - matchExpressions: [{key: tier, operator: NotIn, values: [gold]}, {key: envLabel, operator: NotIn, values: [env-prod]}]
      - {}`);
    const steps = placeOf(find('lab', catalogue), catalogue)?.steps.map((step) => step.length);
    expect(placeOf(find('lab', catalogue), catalogue)?.step).toBe(0);
    expect(placeOf(find('prod-30', catalogue), catalogue)?.step).toBe(1);
    expect(steps).toEqual([4, 25]);
  });

  it('is no rollout where progressive syncs are switched off by name', async () => {
    const catalogue = await rollout();
    const parameters = { 'applicationsetcontroller.enable.progressive.syncs': 'false' };
    const off = { ...catalogue, settings: { ...catalogue.settings, parameters } };
    expect(placeOf(find('lab', off), off)).toBeUndefined();
    expect(waits('prod-10', [], off)).toEqual([]);
  });

  it('with deletionOrder: Reverse goes from its last step to its first; what is in no step goes last', async () => {
    const reverse = await rollout(STEPS, '', '{}', '    deletionOrder: Reverse\n');
    const waitsForOthers = (name: string, all: readonly string[], catalogue: Catalogue): boolean => {
      const made = (one: string) => ({ set: 'guestbook', application: find(one, catalogue).value });
      return goesLater(made(name), all.map(made), [catalogue]);
    };
    const all = ['dev-1', 'qa', 'prod-10', 'prod-11', 'lab'];
    expect(all.filter((name) => !waitsForOthers(name, all, reverse))).toEqual(['prod-10', 'prod-11']);
    expect(waitsForOthers('qa', ['dev-1', 'qa', 'lab'], reverse)).toBe(false);
    expect(waitsForOthers('lab', ['dev-1', 'lab'], reverse)).toBe(true);
    // Others of other sets are not waited for, and without the order nobody waits.
    const other = { set: 'other', application: find('prod-10', reverse).value };
    expect(goesLater({ set: 'guestbook', application: find('dev-1', reverse).value }, [other], [reverse])).toBe(false);
    expect(waitsForOthers('dev-1', all, await rollout())).toBe(false);
  });

  it('says so where it has no steps: nothing is synced then', async () => {
    await expect(rollout('      steps: []')).rejects.toThrow(/RollingSync without steps/);
  });

  it('refuses a share that is none', async () => {
    const set = STEPS.replace('10%', 'most of them');
    await expect(rollout(set)).rejects.toThrow(/a share like 10%/);
  });
});

describe('waves of applications that one application renders', () => {
  const child = (name: string, parents: readonly string[], wave?: string): Parsed<Application> => ({
    value: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name, ...(wave && { annotations: { 'argocd.argoproj.io/sync-wave': wave } }) },
      spec: { project: 'default', destination: {} },
    },
    where: {},
    warnings: [],
    ...(parents.length > 0 && { parents }),
  });
  const catalogue = {
    applications: [
      child('root', []),
      child('crds', ['root'], '-1'),
      child('platform', ['root']),
      child('apps', ['root'], '5'),
      child('web', ['root', 'apps']),
      child('other', []),
    ],
    sets: [],
    settings: { argocd: {} },
  } as unknown as Catalogue;

  it('hold a child until all of the earlier waves are done', () => {
    expect(waits('crds', [], catalogue)).toEqual([]);
    expect(waits('platform', [], catalogue)).toEqual(['crds']);
    expect(waits('apps', ['crds'], catalogue)).toEqual(['platform']);
    expect(waits('apps', ['crds', 'platform'], catalogue)).toEqual([]);
    expect(waits('other', [], catalogue)).toEqual([]);
  });

  it('hold what the child renders itself as well', () => {
    expect(waits('web', ['crds'], catalogue)).toEqual(['platform']);
    expect(waits('web', ['crds', 'platform'], catalogue)).toEqual([]);
  });
});
