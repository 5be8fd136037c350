import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a program took. */
export interface Measured {
  readonly stdout: string;
  /** From its start to its end. */
  readonly milliseconds: number;
  /** The most memory that it had at once: all of its resident set. */
  readonly bytes: number;
}

const PEAK = join(import.meta.dirname, 'peak.mjs');

/**
 * Runs a Node program in a process of its own, so that its memory is its own too; of one that starts others, that of the
 * greatest counts. Throws an Error when it fails.
 */
export async function measured(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-peak-'));
  const file = join(folder, 'bytes');
  try {
    const began = performance.now();
    const nodeOptions = `--import ${PEAK} ${variables['NODE_OPTIONS'] ?? ''}`;
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...variables, NODE_OPTIONS: nodeOptions, PEAK_FILE: file },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    let stdout = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) stdout += chunk;
    const [code] = await ended;
    const milliseconds = performance.now() - began;
    if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}: ${stdout.slice(-1000)}`);
    return { stdout, milliseconds, bytes: Number(await readFile(file, 'utf8')) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
