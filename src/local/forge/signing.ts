import type { Git } from './git.ts';

/** The key by which GitHub signs what is done on its site: merges, reverts, edits. */
export const SITE_KEY = 'B5690EEEBB952194';

/** Schema `verification`. */
export interface Verification {
  readonly verified: boolean;
  readonly reason: string;
  readonly signature: string | null;
  readonly payload: string | null;
  readonly verified_at: string | null;
}

const UNSIGNED: Verification = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null,
};

/**
 * Signs a commit: an object like it, with a signature that names a key, whose SHA is returned. The packet is in OpenPGP's
 * form, its numbers are made up: whoever has the forge write commits may sign with any key.
 */
export async function signCommit(git: Git, sha: string, keyId: string): Promise<string> {
  const raw = await git.run(['cat-file', 'commit', sha]);
  const end = raw.indexOf('\n\n');
  const header = `gpgsig ${armored(keyId).replaceAll('\n', '\n ')}`;
  return git.run(
    ['hash-object', '-t', 'commit', '-w', '--stdin'],
    `${raw.slice(0, end)}\n${header}${raw.slice(end)}\n`,
  );
}

/** An annotated tag, signed where a key is named; returns the SHA of its object. */
export function writeTag(
  git: Git,
  tag: { readonly name: string; readonly commit: string; readonly by: string; readonly signedBy?: string | undefined },
): Promise<string> {
  const head = `object ${tag.commit}\ntype commit\ntag ${tag.name}\ntagger ${tag.by}\n\n${tag.name}\n`;
  const signature = tag.signedBy === undefined ? '' : `${armored(tag.signedBy)}\n`;
  return git.run(['hash-object', '-t', 'tag', '-w', '--stdin'], `${head}${signature}`);
}

/** What the site says of the signature of a commit. The site's own key and those that people added are known. */
export async function verifyCommit(git: Git, sha: string, keys: ReadonlySet<string>): Promise<Verification> {
  const raw = await git.run(['cat-file', 'commit', sha]);
  const found = /^gpgsig (.*(?:\n .*)*)\n/m.exec(raw.slice(0, raw.indexOf('\n\n') + 1));
  if (found === null) return UNSIGNED;
  return judged((found[1] ?? '').replaceAll('\n ', '\n'), raw.replace(found[0], ''), keys);
}

/** The same of an annotated tag. */
export function verifyTag(raw: string, keys: ReadonlySet<string>): Verification {
  const start = raw.indexOf('-----BEGIN PGP SIGNATURE-----');
  return start < 0 ? UNSIGNED : judged(raw.slice(start), raw.slice(0, start), keys);
}

function judged(signature: string, payload: string, keys: ReadonlySet<string>): Verification {
  const data = /\n\n([A-Za-z0-9+/=]+)/.exec(signature)?.[1] ?? '';
  const hex = Buffer.from(data, 'base64').toString('hex').toUpperCase();
  const verified = [SITE_KEY, ...keys].some((key) => hex.includes(key));
  const reason = verified ? 'valid' : 'unknown_key';
  return { verified, reason, signature, payload, verified_at: verified ? '2026-01-31T12:00:00Z' : null };
}

/** One signature packet, version 4, that names its key in the part that is signed. */
function armored(keyId: string): string {
  const issuer = [9, 16, ...Buffer.from(keyId, 'hex')];
  const body = [4, 0, 22, 8, 0, issuer.length, ...issuer, 0, 0, 0xab, 0xcd, 0, 8, 1];
  const data = Buffer.from([0x88, body.length, ...body]).toString('base64');
  return `-----BEGIN PGP SIGNATURE-----\n\n${data}\n-----END PGP SIGNATURE-----`;
}
