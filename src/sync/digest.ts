import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Tells whether a value is the same as one that was seen before, in 16 characters, without keeping it. */
export function digest(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return bytesToHex(sha256(new TextEncoder().encode(text))).slice(0, 16);
}
