import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCatalogue } from '../src/catalog/read-catalogue.ts';
import { cacheFolder } from '../src/local/cache-folder.ts';
import type { Exchange } from '../src/local/forge/index.ts';
import { createInstallation, type Installation } from '../src/local/installation.ts';
import { locateTools } from '../src/render/index.ts';
import { createLocalGitSource } from '../src/source/index.ts';
import type { Source } from '../src/spec/ports.ts';
import { bareRuns, type Render } from './bare.ts';
import { type Figure, milliseconds } from './figure.ts';
import { median } from './median.ts';
import { platform, REPO_URL, REPOSITORY } from './repository.ts';

const ROUNDS = 9;
/** Until caches and compilers are warm. */
const WARM_UP = 2;
const TARGET = 1.5;
const ALLOWANCE = 300;

/**
 * One changed application of 200: from the POST of the signed webhook to the comment on the pull request, beside the two
 * `helm template` runs that it needs (base and head), one after the other. Each round is another application and a new
 * pull request, so nothing of it was rendered before; the process is warm, and knows the base commit.
 */
export async function preview(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const comments = createWatch((exchange) => exchange.method === 'POST' && /\/comments$/.test(exchange.path));
  const installation = await createInstallation({
    controlRepository: REPOSITORY,
    channels: ['deploys'],
    forge: { onExchange: comments.onExchange },
  });
  const hold = await createHold();
  try {
    const { files, applications } = await platform();
    await installation.forge.createRepository({ owner: 'acme', name: 'platform', files });
    const source = createLocalGitSource({
      map: { [REPO_URL]: installation.forge.gitDir(REPOSITORY) },
      cacheDir: join(folder, 'cache'),
    });
    installation.forge.setWebhookUrl(hold.url);
    const rounds: Round[] = [];
    const releases = applications.filter(({ tool }) => tool === 'helm').slice(0, WARM_UP + ROUNDS);
    for (const { name, edits } of releases) {
      const values = files[edits]?.replace('LOG_LEVEL: info', 'LOG_LEVEL: debug') ?? '';
      const pull = await openPull(installation, hold, name, { [edits]: values });
      const ours = await pull.timed(comments.next);
      await installation.settled();
      const bare = await bareTime(name, pull.head, { source, installation, folder });
      rounds.push({ ours, bare });
    }
    const counted = rounds.slice(WARM_UP);
    const ours = median(counted.map((round) => round.ours));
    const bare = median(counted.map((round) => round.bare));
    const share = median(counted.map((round) => round.ours / (TARGET * round.bare + ALLOWANCE)));
    return [
      {
        benchmark: 'preview',
        what: '1 of 200 applications changed: webhook to comment',
        measured: milliseconds(ours),
        beside: `${milliseconds(bare)}: helm template, base and head`,
        result: `${Math.round(share * 100)} % of ${TARGET} × + ${ALLOWANCE} ms`,
        target: '≤ 100 %',
        met: share <= 1,
      },
    ];
  } finally {
    await Promise.all([installation.close(), hold.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

interface Round {
  readonly ours: number;
  readonly bare: number;
}

interface Watch {
  readonly onExchange: (exchange: Exchange) => void;
  /** Resolves at the next exchange that is waited for. */
  readonly next: () => Promise<void>;
}

function createWatch(wanted: (exchange: Exchange) => boolean): Watch {
  let waiting: (() => void) | undefined;
  return {
    onExchange: (exchange) => {
      if (wanted(exchange)) waiting?.();
    },
    next: () =>
      new Promise((resolve) => {
        waiting = resolve;
      }),
  };
}

interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Takes GitHub's deliveries and keeps them, so that the clock starts when one is sent on, not while GitHub commits. */
interface Hold {
  readonly url: string;
  /** The last delivery of a pull request. */
  readonly last: () => Delivery;
  close(): Promise<void>;
}

async function createHold(): Promise<Hold> {
  let last: Delivery | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers['x-github-event'] === 'pull_request') {
      last = { headers: request.headers, body: Buffer.concat(chunks) };
    }
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/webhook`,
    last: () => {
      if (last === undefined) throw new Error('no delivery of a pull request has come');
      return last;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface OpenedPull {
  /** Milliseconds from the POST of its webhook until `done`. */
  readonly timed: (done: () => Promise<void>) => Promise<number>;
  /** Its commit, which has what the merge has: nothing else happens on the base branch. */
  readonly head: string;
}

async function openPull(
  { forge, webhookUrl }: Installation,
  hold: Hold,
  branch: string,
  changes: Readonly<Record<string, string>>,
): Promise<OpenedPull> {
  const head = await forge.commit(REPOSITORY, { branch, from: 'main', message: `Debug ${branch}`, changes });
  await forge.openPull(REPOSITORY, { title: `Debug ${branch}`, head: branch });
  await forge.idle();
  const { headers, body } = hold.last();
  const github = Object.entries(headers).filter(([name]) => name.startsWith('x-') || name === 'content-type');
  return {
    timed: async (done) => {
      const commented = done();
      const began = performance.now();
      const answer = await fetch(webhookUrl, {
        method: 'POST',
        headers: github.map(([name, value]) => [name, String(value)]),
        body: new Uint8Array(body),
      });
      if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status}`);
      await commented;
      return performance.now() - began;
    },
    head,
  };
}

/** Milliseconds of the `helm template` runs of one application at the base and at the head, one after the other. */
async function bareTime(
  name: string,
  head: string,
  { source, installation, folder }: { source: Source; installation: Installation; folder: string },
): Promise<number> {
  const commits = [await installation.forge.resolve(REPOSITORY, 'main'), head];
  const renders = await Promise.all(
    commits.map(async (commit): Promise<Render> => {
      const checkout = await source.checkout(REPO_URL, commit);
      const { applications } = readCatalogue(REPO_URL, await source.manifestFiles(checkout));
      const found = applications.find(({ value }) => value.metadata.name === name);
      if (found === undefined) throw new Error(`${name} is not defined at ${commit}`);
      return { application: found.value, checkout };
    }),
  );
  const lines = await bareRuns(renders, await locateTools({ cacheDir: cacheFolder() }), join(folder, name));
  const began = performance.now();
  for (const line of lines) {
    if (spawnSync('sh', ['-c', line]).status !== 0) throw new Error(`helm failed: ${line}`);
  }
  return performance.now() - began;
}
