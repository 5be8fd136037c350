/** The packet of a detached signature. https://www.rfc-editor.org/rfc/rfc9580#name-signature-packet-type-id-2 */
const SIGNATURE_PACKET = 2;

/** Subpackets that say who signed: a key id, or a fingerprint behind its version. */
const ISSUER = 16;
const ISSUER_FINGERPRINT = 33;

/**
 * The id of the key (16 hexadecimal digits, upper case) that made an armored OpenPGP signature, as `git log` shows it by
 * `%GK`. Undefined for SSH and S/MIME signatures, for what can't be read, and where the signature names more than one key:
 * half of what it says is not covered by the signature itself, so its author could name one key to GitHub and another to us.
 * https://www.rfc-editor.org/rfc/rfc9580#name-issuer-key-id
 */
export function openPgpKeyId(armored: string): string | undefined {
  const blocks = [...armored.matchAll(/-----BEGIN PGP SIGNATURE-----([\s\S]*?)-----END PGP SIGNATURE-----/g)];
  const [block] = blocks;
  if (block === undefined || blocks.length > 1) return undefined;
  try {
    const issuers = new Set(issuersOf(signatureBody(dearmor(block[1] ?? ''))));
    return issuers.size === 1 ? [...issuers][0] : undefined;
  } catch {
    // Cut off, or of a form that nobody writes: it names no key.
    return undefined;
  }
}

/**
 * Headers end at an empty line, the data at its checksum; anything but that is refused, so that nobody can read other
 * bytes out of it than GitHub does. https://www.rfc-editor.org/rfc/rfc9580#name-forming-ascii-armor
 */
function dearmor(text: string): Buffer {
  const found = /^[ \t]*\n(?:[\w-]+: [^\n]*\n)*[ \t]*\n([A-Za-z0-9+/\n]+={0,2})\n(?:=[A-Za-z0-9+/]{4}\n)?$/.exec(
    text.replaceAll('\r', ''),
  );
  const data = (found?.[1] ?? '').replaceAll('\n', '');
  if (data === '' || data.length % 4 !== 0) throw new RangeError('not armored');
  return Buffer.from(data, 'base64');
}

/** The body of the one packet that there is. https://www.rfc-editor.org/rfc/rfc9580#name-packet-headers */
function signatureBody(bytes: Buffer): Buffer {
  const head = bytes.readUInt8(0);
  const isNew = (head & 0x40) !== 0;
  const tag = isNew ? head & 0x3f : (head >> 2) & 0x0f;
  const { length, end } = isNew ? newLength(bytes, 1) : oldLength(bytes, head & 0x03);
  const isPartial = isNew && bytes.readUInt8(1) >= 224 && bytes.readUInt8(1) < 255;
  if ((head & 0x80) === 0 || tag !== SIGNATURE_PACKET || isPartial || bytes.length !== end + length) {
    throw new RangeError('not one signature packet');
  }
  return bytes.subarray(end);
}

function oldLength(bytes: Buffer, kind: number): { readonly length: number; readonly end: number } {
  const width = [1, 2, 4][kind] ?? 0;
  return { length: bytes.readUIntBE(1, width), end: 1 + width };
}

/** Lengths of packets and of subpackets. */
function newLength(bytes: Buffer, at: number): { readonly length: number; readonly end: number } {
  const first = bytes.readUInt8(at);
  if (first < 192) return { length: first, end: at + 1 };
  if (first === 255) return { length: bytes.readUInt32BE(at + 1), end: at + 5 };
  return { length: ((first - 192) << 8) + bytes.readUInt8(at + 1) + 192, end: at + 2 };
}

/** Every key that a version 4 signature names, in the part that it covers and in the part that it does not. */
function issuersOf(body: Buffer): readonly string[] {
  if (body.readUInt8(0) !== 4) throw new RangeError('not a version 4 signature');
  const hashedEnd = 6 + body.readUInt16BE(4);
  const unhashedEnd = hashedEnd + 2 + body.readUInt16BE(hashedEnd);
  if (unhashedEnd > body.length) throw new RangeError('cut off');
  return [...keysNamed(body.subarray(6, hashedEnd)), ...keysNamed(body.subarray(hashedEnd + 2, unhashedEnd))];
}

function keysNamed(area: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < area.length; ) {
    const { length, end } = newLength(area, at);
    const type = area.readUInt8(end) & 0x7f;
    const value = area.subarray(end + 1, end + length);
    // The id of a version 4 key is the end of its fingerprint; those of later versions are not what projects name.
    if (type === ISSUER_FINGERPRINT && value.readUInt8(0) !== 4) throw new RangeError('not a version 4 key');
    if (type === ISSUER || type === ISSUER_FINGERPRINT) found.push(value.subarray(-8).toString('hex').toUpperCase());
    at = end + length;
  }
  return found;
}
