/**
 * Builds src/engines/engines.wasm.br and src/engines/LICENSES.md from src/engines/module with Go.
 * `--check` builds aside and compares with what is committed instead: the same bytes whatever the machine and the path.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

const engines = join(import.meta.dirname, '..', 'src', 'engines');
const source = join(engines, 'module');
const moduleFile = join(engines, 'engines.wasm.br');
const licencesFile = join(engines, 'LICENSES.md');

/** The bytes depend on the compiler: go.mod names the one, and any Go from 1.21 on fetches it when it is another. */
const toolchain = /^toolchain (\S+)$/m.exec(readFileSync(join(source, 'go.mod'), 'utf8'))?.[1] ?? 'local';

function go(...args: readonly string[]): string {
  const env = {
    ...process.env,
    GOTOOLCHAIN: toolchain,
    GOOS: 'wasip1',
    GOARCH: 'wasm',
    // Settings of the machine that would change the bytes.
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=readonly',
    GOWORK: 'off',
    GOWASM: '',
    GOEXPERIMENT: '',
  };
  return execFileSync('go', args, { cwd: source, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function compile(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'engines-'));
  try {
    const file = join(folder, 'engines.wasm');
    // A reactor (exports and no main), without paths, symbols, version control or build id.
    go('build', '-buildmode=c-shared', '-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid=', '-o', file, '.');
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The licences and notices of every module that is linked in, and of Go itself, from the files they come with. */
function licences(): string {
  const format = '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}';
  const modules = [...new Set(go('list', '-deps', '-f', format, '.').split('\n'))].filter((line) => line !== '').sort();
  const goRoot = go('env', 'GOROOT').trim();
  const parts = [`Go ${toolchain.replace('go', '')} ${goRoot}`, ...modules].map((line) => {
    const [path = '', version = '', folder = ''] = line.split(' ');
    const files = readdirSync(folder).filter((name) => /^(LICEN[CS]E|NOTICE|COPYING|PATENTS)/i.test(name));
    if (files.length === 0)
      throw new Error(`${path} ${version} comes without a licence: add it by hand or leave it out`);
    const texts = files.sort().map((name) => {
      const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trimEnd();
      return `\`${name}\`:\n\n\`\`\`text\n${text}\n\`\`\`\n`;
    });
    const home = path === 'Go' ? 'https://go.dev/dl/' : `https://pkg.go.dev/${path}@${version}`;
    return `## ${path} ${version}\n\nSource: <${home}>\n\n${texts.join('\n')}`;
  });
  const head = [
    '# Licences of what is inside engines.wasm.br',
    '',
    'Written by `scripts/build-engines.ts`. Each part is unchanged and can be had in source form at the address given,',
    'from `go mod download` in `module/`, or from the tag of that version in its repository. The time zone data',
    '(`time/tzdata`, part of Go) is in the public domain.',
  ].join('\n');
  return `${head}\n\n${parts.join('\n')}`;
}

function fail(message: string): never {
  process.stderr.write(`build-engines: ${message}\n`);
  process.exit(1);
}

try {
  go('version');
} catch {
  fail(
    `Go is needed (${toolchain}, or any from 1.21 on, which fetches it): https://go.dev/dl/. It was not found in PATH.`,
  );
}
const wasm = compile();
const texts = licences();
if (process.argv.includes('--check')) {
  const fix = 'Run `node scripts/build-engines.ts` and commit what it writes.';
  if (!brotliDecompressSync(readFileSync(moduleFile)).equals(wasm)) {
    fail(`src/engines/engines.wasm.br is not what src/engines/module builds. ${fix}`);
  }
  if (readFileSync(licencesFile, 'utf8') !== texts) fail(`src/engines/LICENSES.md is not up to date. ${fix}`);
  process.stdout.write(`engines: ${wasm.length} bytes, the same as committed\n`);
} else {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length,
  };
  const compressed = brotliCompressSync(wasm, { params });
  writeFileSync(moduleFile, compressed);
  writeFileSync(licencesFile, texts);
  process.stdout.write(`engines: ${wasm.length} bytes, ${compressed.length} compressed\n`);
}
