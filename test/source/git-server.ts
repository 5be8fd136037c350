import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { emptyFolder, type Until } from './archive.ts';

/** Real Git repositories behind a real Git server (`git http-backend`) on this machine. */
export interface GitServer {
  /** `http://127.0.0.1:PORT`, or `https://…` */
  readonly url: string;
  /** `METHOD path` of every request, in order, with the user that it names. */
  readonly asked: string[];
  /** Runs git in a repository, and gives what it prints. */
  git(repository: string, ...args: readonly string[]): string;
  /** Commits files (null: a link to the path that is its text) to a new or a known repository, and gives the commit. */
  commit(repository: string, files: Readonly<Record<string, string | { readonly link: string }>>): Promise<string>;
}

interface GitServerOptions {
  /** Answers in place of Git; false for not. */
  readonly instead?: (path: string, request: IncomingMessage, response: ServerResponse) => boolean;
  /** The server knows the older protocol only. */
  readonly old?: boolean;
  /** With a certificate that nobody knows. */
  readonly tls?: boolean;
  /** Default: it is gone when the test is over. */
  readonly until?: Until;
}

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', 'cluster-client', 'fixtures', name), 'utf8');

/** Starts one that is gone when the test is over. */
export async function gitServer({
  instead,
  old = false,
  tls = false,
  until = onTestFinished,
}: GitServerOptions = {}): Promise<GitServer> {
  const root = await emptyFolder(until);
  const asked: string[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '').replace(/\?.*/s, '');
    const [scheme = '', secret = ''] = (request.headers.authorization ?? '').split(' ');
    const who = scheme === 'Basic' ? ` as ${Buffer.from(secret, 'base64').toString().split(':')[0]}` : '';
    asked.push(`${request.method} ${path}${who}`);
    if (instead?.(path, request, response) !== true) serve(root, old, request, response);
  };
  const server = tls
    ? createTlsServer({ key: fixture('server.key'), cert: fixture('server.crt') }, handle)
    : createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  until(() => {
    server.closeAllConnections();
    server.close();
  });
  const git = (repository: string, ...args: readonly string[]): string =>
    execFileSync('git', ['-C', join(root, repository), ...IDENTITY, ...args], {
      encoding: 'utf8',
      env: ENVIRONMENT,
    }).trim();
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    git,
    commit: async (repository, files) => {
      await mkdir(join(root, repository), { recursive: true });
      git(repository, '-c', 'init.defaultBranch=main', 'init', '--quiet');
      for (const [path, content] of Object.entries(files)) {
        const file = join(root, repository, path);
        await mkdir(dirname(file), { recursive: true });
        if (typeof content === 'string') await writeFile(file, content);
        else await symlink(content.link, file);
      }
      git(repository, 'add', '--all');
      git(repository, 'commit', '--quiet', '--message=change');
      return git(repository, 'rev-parse', 'HEAD');
    },
  };
}

const IDENTITY = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@acme.example', '-c', 'commit.gpgsign=false'];
const ENVIRONMENT = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };

/** https://git-scm.com/docs/git-http-backend */
function serve(root: string, old: boolean, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...ENVIRONMENT,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path.replace(/\/((info|git-upload-pack).*)$/, '/.git/$1').replace(/\.git\/\.git\//, '/.git/'),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      ...(old ? {} : { GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '') }),
    },
  });
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.on('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const headers = all
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(/: /));
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    for (const [name = '', value = ''] of headers) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(Number.parseInt(status, 10));
    response.end(all.subarray(end + 4));
  });
}
