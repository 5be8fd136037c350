import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';

/** `--map` as it was given so far: repoURL → folder. */
export type Mapping = Readonly<Record<string, string>>;

/** `--repo DIR`: the clone to look at. */
export function repoOption(): Option {
  return new Option('--repo <dir>', 'the local clone (default: the current folder)').default('.', 'the current folder');
}

/** `--map URL=DIR`, as often as needed. */
export function mapOption(): Option {
  return new Option('--map <url=dir>', 'where a repoURL of an Application lies on disk; may be given several times')
    .argParser(addMapping)
    .default({}, 'the clone itself');
}

function addMapping(text: string, before: Mapping): Mapping {
  // The URL may hold `=`, a folder rarely does: the last one parts them.
  const at = text.lastIndexOf('=');
  const [url, dir] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || dir === '') {
    throw new InvalidArgumentError('Write it as URL=DIR: --map https://github.com/acme/platform=../platform');
  }
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new InvalidArgumentError(`There is no folder ${dir}.`);
  return { ...before, [url]: resolve(dir) };
}

/** A TCP port, 0 for any free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
