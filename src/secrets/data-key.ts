import type { CallAws, OpenDataKey } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { ResolveSecret } from './resolve-secret.ts';

interface DataKeyOptions {
  /** Reference to age identities (`AGE-SECRET-KEY-1…`, one a line, as `age-keygen` writes them). Empty: none. */
  readonly ageKey: string;
  readonly secret: ResolveSecret;
  readonly aws: CallAws;
}

/**
 * Opens the data keys of SOPS files: with the age identities of the settings, else with the AWS KMS keys that the
 * function may use. Throws Problem `misconfigured` when none of the copies can be opened.
 * https://getsops.io/docs/#encrypting-using-age
 */
export function createDataKeys(options: DataKeyOptions): OpenDataKey {
  return async ({ age, kms }, file) => {
    if (age.length > 0 && options.ageKey !== '') {
      const identities = (await ageKey(options, kms.length > 0)).match(/AGE-SECRET-KEY-1[0-9A-Z]+/g) ?? [];
      const key = await withAge(age, identities);
      if (key !== undefined) return key;
    }
    for (const { arn, enc, context } of kms) {
      const key = await withKms(options.aws, enc, arn, context);
      if (key !== undefined) return key;
    }
    throw new Problem('misconfigured', `${file} is encrypted with SOPS for keys that are not held here.`, {
      where: { file },
      fix: 'Set TRIMTAB_SOPS_AGE_KEY_REF to the age identity, or permit kms:Decrypt; or encrypt it for such a key.',
    });
  };
}

/** Where KMS may open the file as well, an age key that is not there is no fault. */
function ageKey({ ageKey, secret }: DataKeyOptions, hasOther: boolean): Promise<string> {
  const asked = secret(ageKey);
  return hasOther ? asked.catch(() => '') : asked;
}

async function withAge(copies: readonly string[], identities: readonly string[]): Promise<Uint8Array | undefined> {
  const { armor, Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  for (const copy of copies) {
    const key = await decrypter.decrypt(armor.decode(copy)).catch(() => undefined);
    if (key !== undefined) return key;
  }
  return undefined;
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html */
async function withKms(
  aws: CallAws,
  enc: string,
  arn: string,
  context: Readonly<Record<string, string>>,
): Promise<Uint8Array | undefined> {
  const input = { CiphertextBlob: enc, KeyId: arn, EncryptionContext: context };
  const answer = await aws('kms:Decrypt', input).catch(() => undefined);
  return typeof answer?.['Plaintext'] === 'string' ? Buffer.from(answer['Plaintext'], 'base64') : undefined;
}
