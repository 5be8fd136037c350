import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openPgpKeyId } from '../../src/forge/openpgp-key.ts';

/** Made by gpg 2.2 with an ed25519 key; `git log --format=%GK` says 4E409A7F0D6388B0. */
const GPG = `-----BEGIN PGP SIGNATURE-----

iHUEABYIAB0WIQThgZsEABF+L9DYY+lOQJp/DWOIsAUCawkIJAAKCRBOQJp/DWOI
sAsyAQCi16eEU9oXU3s8vJ9IMzNRe6oKIJSX3+DvvebnXTbFyAEApPTtmY8lmwDx
Zu7zwVjp2Hj73D4K2o7DaNb207vCqgo=
=M55r
-----END PGP SIGNATURE-----`;

/** A version 4 signature packet in GnuPG's form, with these subpackets in its two areas; its numbers are made up. */
function signature(hashed: readonly number[][], unhashed: readonly number[][]): string {
  const area = (packets: readonly number[][]): number[] => {
    const bytes = packets.flatMap((packet) => [packet.length, ...packet]);
    return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
  };
  const body = [4, 0, 22, 8, ...area(hashed), ...area(unhashed), 0xab, 0xcd, 0, 8, 1];
  const data = Buffer.from([0x88, body.length, ...body]).toString('base64');
  return `-----BEGIN PGP SIGNATURE-----\n\n${data}\n-----END PGP SIGNATURE-----`;
}

const issuer = (id: string): number[] => [16, ...Buffer.from(id, 'hex')];
const fingerprint = (id: string): number[] => [33, 4, ...Buffer.alloc(12, 7), ...Buffer.from(id, 'hex')];

const ALLOWED = '4AEE18F83AFDEB23';
const OTHER = 'D56C4FCA57A46444';

it('names the key that made a signature, as git does', () => {
  expect(openPgpKeyId(GPG)).toBe('4E409A7F0D6388B0');
  expect(openPgpKeyId(GPG.replaceAll('\n', '\r\n'))).toBe('4E409A7F0D6388B0');
  expect(openPgpKeyId(GPG.replace('\n\n', '\nVersion: GnuPG v2\nComment: by hand\n\n'))).toBe('4E409A7F0D6388B0');
});

it('names the key of a signature that has the id alone, as those of GitHub do', () => {
  expect(openPgpKeyId(signature([issuer(ALLOWED)], []))).toBe(ALLOWED);
});

// Only one of the two parts is signed: what GitHub verified must be the key that we allow.
it('names no key where the parts of a signature do not agree', () => {
  expect(openPgpKeyId(signature([fingerprint(OTHER)], [issuer(ALLOWED)]))).toBeUndefined();
  expect(openPgpKeyId(signature([issuer(OTHER)], [issuer(ALLOWED)]))).toBeUndefined();
  expect(openPgpKeyId(signature([], [issuer(ALLOWED), issuer(OTHER)]))).toBeUndefined();
  expect(openPgpKeyId(signature([fingerprint(ALLOWED)], [issuer(ALLOWED)]))).toBe(ALLOWED);
});

it('names no key for two signatures, for what is cut off, and for what is no OpenPGP', () => {
  const [, data = ''] = /\n\n([\s\S]*?)\n-----END/.exec(signature([issuer(ALLOWED)], [])) ?? [];
  const twice = Buffer.concat([Buffer.from(data, 'base64'), Buffer.from(data, 'base64')]).toString('base64');
  for (const text of [
    '',
    `${GPG}\n${GPG}`,
    GPG.replace(/\niHUE.*/, '\niHUEABYIAB0WIQThgZsEABF+'),
    GPG.replace('iHUE', 'iH-E'),
    `-----BEGIN PGP SIGNATURE-----\n\n${twice}\n-----END PGP SIGNATURE-----`,
    '-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----',
    '-----BEGIN SIGNED MESSAGE-----\nMIID\n-----END SIGNED MESSAGE-----',
  ]) {
    expect(openPgpKeyId(text)).toBeUndefined();
  }
});

it('reads any bytes without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const data = Buffer.from([0x88, bytes.length, ...bytes]).toString('base64');
      const found = openPgpKeyId(`-----BEGIN PGP SIGNATURE-----\n\n${data}\n-----END PGP SIGNATURE-----`);
      expect(found ?? '0123456789ABCDEF').toMatch(/^[0-9A-F]*$/);
    }),
  );
});
