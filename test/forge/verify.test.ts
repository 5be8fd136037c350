import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { verify } from '../../src/forge/verify.ts';

const sign = (body: string, secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

describe('verify', () => {
  // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  test("accepts the example of GitHub's documentation", async () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(await verify('Hello, World!', signature, "It's a Secret to Everybody")).toBe(true);
  });

  test('accepts bodies with any letters, byte for byte', async () => {
    const body = '{"title":"größer ☃ 🚀"}';
    expect(await verify(body, sign(body, 'secret'), 'secret')).toBe(true);
  });

  test.each([
    ['a signature of another body', '{"a":2}', sign('{"a":1}', 'secret'), 'secret'],
    ['a signature with another secret', '{"a":1}', sign('{"a":1}', 'other'), 'secret'],
    ['a signature without its algorithm', '{"a":1}', sign('{"a":1}', 'secret').slice('sha256='.length), 'secret'],
    ['a signature that is cut', '{"a":1}', sign('{"a":1}', 'secret').slice(0, -1), 'secret'],
    ['no signature', '{"a":1}', '', 'secret'],
    ['an empty body', '', sign('', 'secret'), 'secret'],
    ['an empty secret, with which anybody could sign', '{"a":1}', sign('{"a":1}', ''), ''],
  ])('refuses %s', async (_, body, signature, secret) => {
    expect(await verify(body, signature, secret)).toBe(false);
  });
});
