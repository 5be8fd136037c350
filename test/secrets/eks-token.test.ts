import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createEksToken } from '../../src/cluster/eks-token.ts';

const SERVER = 'https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com';
const ROLE = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/key', sessionToken: 'session+token=' };
const AT = Date.parse('2026-11-24T10:00:00.000Z');

/** The presigned request inside of a token. */
function opened(token: string): URL {
  expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
  return new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
}

/** What STS computes from the request that it gets: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
function signatureOf(url: URL, clusterName: string): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${strict(name)}=${strict(value)}`)
    .sort()
    .join('&');
  const headers = `host:${url.host}\nx-k8s-aws-id:${clusterName}\n`;
  const empty = createHash('sha256').update('').digest('hex');
  const request = ['GET', '/', query, headers, 'host;x-k8s-aws-id', empty].join('\n');
  const [, day, region] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const scope = `${day}/${region}/sts/aws4_request`;
  const hashed = createHash('sha256').update(request).digest('hex');
  const text = ['AWS4-HMAC-SHA256', url.searchParams.get('X-Amz-Date'), scope, hashed].join('\n');
  const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
  const key = ['eu-central-1', 'sts', 'aws4_request'].reduce(hmac, hmac(`AWS4${ROLE.secretAccessKey}`, day ?? ''));
  return hmac(key, text).toString('hex');
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

describe('the token of an EKS cluster', () => {
  it('is a presigned GetCallerIdentity, signed for this cluster alone', () => {
    const url = opened(
      createEksToken(
        { server: SERVER, clusterName: 'production' },
        () => ROLE,
        () => AT,
      )(),
    );
    expect(url.origin).toBe('https://sts.eu-central-1.amazonaws.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      'X-Amz-Date': '20261124T100000Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Security-Token': ROLE.sessionToken,
    });
    expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(url, 'production'));
    expect(url.searchParams.get('X-Amz-Signature')).not.toBe(signatureOf(url, 'another'));
    expect(url.href).not.toContain(ROLE.secretAccessKey);
  });

  it('is kept, and made anew before EKS takes it no more', () => {
    let now = AT;
    const token = createEksToken(
      { server: SERVER, clusterName: 'production' },
      () => ROLE,
      () => now,
    );
    const first = token();
    now += 12 * 60_000;
    expect(token()).toBe(first);
    now += 2 * 60_000;
    expect(token()).not.toBe(first);
  });

  it.each([
    'https://kubernetes.example.com',
    'https://eks.amazonaws.com.example.com',
    'https://x.gr7.eu-central-1.eks.amazonaws.com.evil.io',
    'http://0123.gr7.eu-central-1.eks.amazonaws.com',
  ])('is not made for %s, which is no server of EKS', (server) => {
    expect(() => createEksToken({ server, clusterName: 'production' }, () => ROLE)()).toThrow('is no server of EKS');
  });

  it('needs credentials, and says which', () => {
    expect(() => createEksToken({ server: SERVER, clusterName: 'production' }, () => undefined)()).toThrow(
      'there are no AWS credentials',
    );
  });
});
