import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { application, configMap, type Files, type Platform, REPO, startPlatform } from './platform.ts';

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/web.yaml': application('web'),
    'apps/web/config.yaml': configMap('web', 'before'),
    'argocd/shop.yaml': application('shop', { path: 'charts/shop' }),
    'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'charts/shop/values.yaml': 'greeting: hello\n',
    'charts/shop/templates/config.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  greeting: {{ .Values.greeting }}\n',
    'argocd/site.yaml': application('site', { path: 'kustomize/site' }),
    'kustomize/site/kustomization.yaml': 'resources:\n  - config.yaml\n',
    'kustomize/site/config.yaml': configMap('site', 'before'),
  });
  await trimtab.forge.createRepository({
    owner: 'acme',
    name: 'vault',
    installed: false,
    files: { 'apps/web/config.yaml': configMap('vault', 'x') },
  });
});
afterAll(() => trimtab.close());

/** Every pull request of this file also changes `web`, which has to be previewed whatever else is wrong. */
const WEB: Files = { 'apps/web/config.yaml': configMap('web', 'after') };

async function proposed(changes: Files): Promise<{
  readonly comment: string;
  readonly check: ReturnType<Platform['check']>;
}> {
  const { number } = await trimtab.propose({ ...changes, ...WEB });
  const comments = trimtab.forge.comments(REPO, number);
  expect(comments).toHaveLength(1);
  return { comment: trimtab.preview(number), check: trimtab.check(number) };
}

function expectWebPreviewed(comment: string): void {
  expect(comment).toContain('ConfigMap web/web');
  expect(comment).toContain('-  value: before\n+  value: after');
}

/** How often a text says something: an error is to be told once. */
function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('a pull request with something wrong in it gets one clear error, and the rest of its preview', () => {
  test('a YAML file of the control repository that is broken', async () => {
    const { comment, check } = await proposed({
      'argocd/shop.yaml': 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: [shop\nspec: {}\n',
    });
    expect(comment).toContain('argocd/shop.yaml:5');
    expect(times(comment, 'this is not valid YAML')).toBe(1);
    expectWebPreviewed(comment);
    expect(check.conclusion).toBe('failure');
    expect(check.annotations).toMatchObject([{ path: 'argocd/shop.yaml', line: 5 }]);
  });

  test('an Application with a field of the wrong type', async () => {
    const { comment, check } = await proposed({
      'argocd/shop.yaml': application('shop', { path: 'charts/shop' }).replace('prune: true', 'prune: "yes"'),
    });
    expect(comment).toContain('argocd/shop.yaml:');
    expect(comment).toContain('spec.syncPolicy.automated.prune');
    expect(comment).toMatch(/true or false|boolean/);
    expectWebPreviewed(comment);
    expect(check.conclusion).toBe('failure');
    const [annotation, ...more] = check.annotations;
    expect(more).toEqual([]);
    expect(annotation?.path).toBe('argocd/shop.yaml');
    const line = application('shop', { path: 'charts/shop' })
      .split('\n')
      .findIndex((text) => text.includes('prune: true'));
    expect(annotation?.line).toBe(line + 1);
  });

  test('a path that does not exist', async () => {
    const { comment, check } = await proposed({ 'argocd/site.yaml': application('site', { path: 'kustomize/sight' }) });
    expect(comment).toContain('kustomize/sight');
    expect(comment).toContain('`site`');
    expect(times(comment, 'Does not render')).toBe(1);
    expectWebPreviewed(comment);
    expect(check).toMatchObject({ conclusion: 'failure' });
    expect(check.annotations).toHaveLength(1);
  });

  test('a chart with a template error', async () => {
    const { comment, check } = await proposed({
      'charts/shop/templates/config.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  greeting: {{ .Values.greetings.morning }}\n',
    });
    expect(comment).toContain('`shop`');
    expect(comment).toContain('charts/shop/templates/config.yaml:6');
    expect(times(comment, 'Does not render')).toBe(1);
    expectWebPreviewed(comment);
    expect(check.conclusion).toBe('failure');
    expect(check.annotations).toMatchObject([{ path: 'charts/shop/templates/config.yaml', line: 6 }]);
  });

  test('a kustomization with a missing file', async () => {
    const { comment, check } = await proposed({
      'kustomize/site/kustomization.yaml': 'resources:\n  - config.yaml\n  - ingress.yaml\n',
    });
    expect(comment).toContain('kustomize/site/kustomization.yaml');
    expect(comment).toContain('ingress.yaml');
    expect(times(comment, 'Does not render')).toBe(1);
    expectWebPreviewed(comment);
    expect(check.annotations.map(({ path }) => path)).toEqual(['kustomize/site/kustomization.yaml']);
  });

  test('a source repository that the App may not read', async () => {
    const { comment, check } = await proposed({
      'argocd/vault.yaml': application('vault', { repoURL: 'https://github.com/acme/vault.git', path: 'apps/web' }),
    });
    expect(comment).toContain('acme/vault');
    expect(comment).toMatch(/[Ii]nstall/);
    expect(times(comment, 'Does not render')).toBe(1);
    expectWebPreviewed(comment);
    expect(check.conclusion).toBe('failure');
  });

  test('an Application of a project that nobody defined', async () => {
    const { comment, check } = await proposed({
      'argocd/shop.yaml': application('shop', { path: 'charts/shop', project: 'prod' }),
    });
    expect(comment).toContain('prod');
    expect(times(comment, 'does not exist')).toBe(1);
    expectWebPreviewed(comment);
    expect(check.conclusion).toBe('failure');
    expect(check.annotations).toHaveLength(1);
  });

  test('a pull request that conflicts with its base is told so, and gets its preview once it is rebased', async () => {
    const base = await trimtab.forge.resolve(REPO, 'main');
    await trimtab.push({ 'docs/notes.md': 'one\n' });
    const pull = await trimtab.propose({ 'docs/notes.md': 'two\n', ...WEB }, { from: base });
    expect(trimtab.preview(pull.number)).toMatch(/conflicts with `main`/);
    expect(trimtab.preview(pull.number)).toMatch(/rebase/);
    expect(trimtab.check(pull.number)).toMatchObject({ conclusion: 'failure' });
    await trimtab.forge.commit(REPO, { branch: pull.head, from: 'main', message: 'Rebased', changes: WEB });
    await trimtab.settled();
    expectWebPreviewed(trimtab.preview(pull.number));
    expect(trimtab.check(pull.number)).toMatchObject({ conclusion: 'success' });
  });
});

test('a pull request that touches no application gets no comment, and a green check', async () => {
  const { number } = await trimtab.propose({ 'README.md': '# The platform\n' });
  expect(trimtab.forge.comments(REPO, number)).toEqual([]);
  expect(trimtab.check(number)).toMatchObject({ conclusion: 'success' });
});
