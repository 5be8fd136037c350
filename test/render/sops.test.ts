import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import { createDataKeys } from '../../src/secrets/data-key.ts';
import type { ApplicationSource } from '../../src/spec/application.ts';
import type { CallAws } from '../../src/spec/ports.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

/** The identity for which the files in fixtures/render/sops were encrypted, by sops 3.10.2. */
const IDENTITY = 'AGE-SECRET-KEY-1L6RQ8AQSZH2WD8WN3QF2JCE9Q76NDQ9K20ZHT5LLN8R3DQNU399S7DV925';
const noAws: CallAws = () => Promise.reject(new Error('no AWS here'));
const keys = (identity: string, aws = noAws) =>
  createDataKeys({ ageKey: 'env:KEY', secret: async () => identity, aws });
const trusted = createRenderer({ tools: testTools, sops: keys(`# created: today\n${IDENTITY}\n`) });
const preview = createRenderer({ tools: testTools, sops: 'marks' });

function fixture(name: string): Promise<string> {
  return readFile(new URL(`../fixtures/render/sops/${name}`, import.meta.url), 'utf8');
}

async function render(
  files: Readonly<Record<string, string>>,
  renderer = trusted,
  source: Omit<ApplicationSource, 'repoURL'> = { path: 'app' },
) {
  return renderer.render(input(source, { dir: await folderWith(files) }));
}

const SECRET = {
  password: 'correct horse',
  url: 'postgres://shop:correct horse@db/shop',
  empty: '',
};
const CHART = {
  'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
  'app/templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {{ .Values | toJson | quote | printf "{values: %s}" }}\n',
};

describe('a manifest that SOPS encrypted', () => {
  it.each(['secret.enc.yaml', 'maconly.enc.yaml'])('is decrypted where the key is held: %s', async (name) => {
    const [found] = await render({ 'app/a.yaml': await fixture(name) });
    expect(found?.['stringData']).toEqual(SECRET);
    expect(found).not.toHaveProperty('sops');
    expect(found?.metadata).toEqual({ name: 'database', labels: { tier: '1' } });
  });

  it('may be JSON, or several documents under one MAC', async () => {
    const [json] = await render({ 'app/a.json': await fixture('secret.enc.json') });
    expect(json?.['stringData']).toEqual({ password: 'json-canary' });
    const several = await render({ 'app/a.yaml': await fixture('multi.enc.yaml') });
    expect(several.map((each) => each['stringData'])).toEqual([{ token: 'alpha-canary' }, { token: 'beta-canary' }]);
  });

  it('is decrypted for kustomize as well, in a copy', async () => {
    const files = { 'app/kustomization.yaml': 'resources: [a.yaml]\n', 'app/a.yaml': await fixture('secret.enc.yaml') };
    const [found] = await render(files);
    expect(found?.['stringData']).toEqual(SECRET);
  });

  it.each([
    ['a plain field', (text: string) => text.replace('tier: "1"', 'tier: "2"')],
    ['an encrypted value, put elsewhere', (text: string) => text.replace('    password:', '    passwort:')],
    ['a value that was taken away', (text: string) => text.replace(/ {4}url: .*\n/, '')],
    ['the time of the MAC', (text: string) => text.replace(/lastmodified: "2/, 'lastmodified: "3')],
  ])('is refused when it was changed afterwards: %s', async (_, change) => {
    const text = await fixture('secret.enc.yaml');
    expect(change(text)).not.toBe(text);
    const problem = await problemOf(render({ 'app/a.yaml': change(text) }));
    expect(problem).toMatchObject({ code: 'invalid-manifest', where: { file: 'app/a.yaml' } });
    expect(problem.message).toContain('was changed after SOPS encrypted it');
  });

  it('is known to be, and no other manifest of another render', async () => {
    const [secret] = await render({ 'app/secret.yaml': await fixture('secret.enc.yaml') });
    const [plain] = await render({ 'app/plain.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n' });
    expect(secret && trusted.decrypted(secret)).toBe(true);
    expect(plain && trusted.decrypted(plain)).toBe(false);
  });

  it('fails by name without its key', async () => {
    const other = createRenderer({ tools: testTools, sops: keys('') });
    const problem = await problemOf(render({ 'app/a.yaml': await fixture('secret.enc.yaml') }, other));
    expect(problem).toMatchObject({ code: 'misconfigured', where: { file: 'app/a.yaml' } });
    const nothing = createRenderer({ tools: testTools });
    const unread = await problemOf(render({ 'app/a.yaml': await fixture('secret.enc.yaml') }, nothing));
    expect(unread.code).toBe('unsupported');
  });

  it('is left to its operator when it is a SopsSecret', async () => {
    const text = (await fixture('secret.enc.yaml')).replace('kind: Secret', 'kind: SopsSecret');
    const [found] = await render({ 'app/a.yaml': text });
    expect(JSON.stringify(found)).toContain('ENC[AES256_GCM');
    expect(found).toHaveProperty('sops');
  });

  it('asks AWS KMS for the key, with the key and the context that the file names', async () => {
    const text = await fixture('secret.enc.yaml');
    const own = keys(IDENTITY);
    const armored = /-----BEGIN[\s\S]*?-----END AGE ENCRYPTED FILE-----/.exec(text)?.[0].replace(/^ +/gm, '') ?? '';
    const dataKey = await own({ age: [armored], kms: [] }, 'x');
    const asked: unknown[] = [];
    const aws: CallAws = async (action, asking) => {
      asked.push(action, asking);
      return { Plaintext: Buffer.from(dataKey).toString('base64') };
    };
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/a';
    const kms = `    kms:\n        - arn: ${arn}\n          enc: AQID\n          context: {app: shop}\n`;
    const withKms = text.replace(/ {4}age:\n[\s\S]*?END AGE ENCRYPTED FILE-----\n/, kms);
    const [found] = await render({ 'app/a.yaml': withKms }, createRenderer({ tools: testTools, sops: keys('', aws) }));
    expect(found?.['stringData']).toEqual(SECRET);
    expect(asked).toEqual(['kms:Decrypt', { CiphertextBlob: 'AQID', KeyId: arn, EncryptionContext: { app: 'shop' } }]);
  });
});

describe('a value file that SOPS encrypted', () => {
  const values = async (files: Readonly<Record<string, string>>, renderer = trusted, valueFiles = ['v.yaml']) => {
    const [found] = await render({ ...CHART, ...files }, renderer, { path: 'app', helm: { valueFiles } });
    const { values: text = '{}' } = (found?.['data'] ?? {}) as { values?: string };
    return JSON.parse(text);
  };
  const EXPECTED = {
    replicas: 3,
    ratio: 0.25,
    small: 1e-7,
    debug: true,
    off: false,
    nothing: null,
    list: ['first-canary', { nested: 'second-canary', number: 7 }],
    public_unencrypted: 12,
    name: 'yes',
  };

  it('gives the chart values of their own types', async () => {
    expect(await values({ 'app/v.yaml': await fixture('values.enc.yaml') })).toEqual(EXPECTED);
  });

  it("may be the chart's own", async () => {
    // A value that is null removes the chart's own, as helm has it.
    const { nothing: _, ...expected } = EXPECTED;
    expect(await values({ 'app/values.yaml': await fixture('values.enc.yaml') }, trusted, [])).toEqual({
      ...expected,
      sops: expect.anything(),
    });
  });
});

describe('what a pull request shows of encrypted values', () => {
  it('is a mark, equal for equal ciphertext, and never the ciphertext or its key', async () => {
    const text = await fixture('secret.enc.yaml');
    const [one] = await render({ 'app/a.yaml': text }, preview);
    const [two] = await render({ 'app/a.yaml': text }, preview);
    expect(one).toEqual(two);
    const again = text.replace(/password: ENC\[AES256_GCM,data:.../, 'password: ENC[AES256_GCM,data:AAA');
    const [three] = await render({ 'app/a.yaml': again }, preview);
    const dataOf = (found: typeof one) => (found?.['stringData'] ?? {}) as Record<string, string>;
    const data = dataOf(one);
    expect(data['password']).toMatch(/^\(encrypted [0-9a-f]{8}\)$/);
    expect(dataOf(three)['password']).not.toBe(data['password']);
    expect(JSON.stringify(one)).not.toMatch(/ENC\[|BEGIN AGE|correct horse/);
    expect(one?.metadata).toMatchObject({ labels: { tier: '1' } });
  });
});

describe('no error shows what was decrypted', () => {
  const CANARY = /canary|correct|horse/i;
  const shown = (problem: Error): string => {
    const { message, stack, cause } = problem;
    return JSON.stringify([message, stack, String(cause), problem]);
  };

  it.each([
    ['fails with it', '{{ fail (index .Values.list 0) }}'],
    ['fails with it in other letters', '{{ fail (upper (index .Values.list 0)) }}'],
    ['prints it as broken YAML', 'apiVersion: v1\nkind: {{ index .Values.list 0 }}: x'],
    ['calls a document by it', 'apiVersion: v1\nkind: A\n{{ index .Values.list 0 }}: true'],
  ])('when a template %s', async (_, template) => {
    const files = { ...CHART, 'app/templates/a.yaml': template, 'app/values.yaml': await fixture('values.enc.yaml') };
    const problem = await problemOf(render(files, trusted));
    expect(problem.code).toBe('render-failed');
    expect(shown(problem)).not.toMatch(CANARY);
    expect(problem.message).toMatch(/^The render failed\./);
  });

  it('when kustomize fails', async () => {
    const files = {
      'app/kustomization.yaml':
        'resources: [a.yaml]\npatches: [{patch: "- {op: test, path: /stringData/password, value: x}", target: {kind: Secret}}]\n',
      'app/a.yaml': await fixture('secret.enc.yaml'),
    };
    expect(shown(await problemOf(render(files)))).not.toMatch(CANARY);
  });
});

it('files in the ways of ksops and dotenv are named as unsupported', async () => {
  const files = {
    'app/kustomization.yaml': 'secretGenerator: [{name: a, envs: [a.env]}]\n',
    'app/a.env': 'PASSWORD=ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]\nsops_mac=ENC[x]\n',
  };
  expect(await problemOf(render(files))).toMatchObject({ code: 'unsupported', where: { file: 'app/a.env' } });
});

it('Sealed Secrets, External Secrets and annotations of the Vault agent pass through untouched', async () => {
  const manifests = [
    {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: 'sealed' },
      spec: { encryptedData: { password: 'AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq' } },
    },
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'external' },
      spec: {
        secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' },
        data: [{ secretKey: 'a', remoteRef: { key: 'b' } }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'vault',
        annotations: { 'vault.hashicorp.com/agent-inject-template-a': '{{ with secret "a" }}x{{ end }}' },
      },
    },
  ];
  const text = manifests.map((each) => JSON.stringify(each)).join('\n---\n');
  const files = { 'app/a.yaml': text };
  expect(await render(files, preview)).toEqual(manifests);
  expect(await render({ ...files, 'app/kustomization.yaml': 'resources: [a.yaml]\n' })).toEqual(manifests);
});
