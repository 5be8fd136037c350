import { Problem } from '../spec/problem.ts';
import { refused } from './chart-index.ts';
import { type Downloaded, type DownloadOptions, download } from './download.ts';
import { DELIMITER, FLUSH, type Packet, packet, packetsOf } from './pkt-line.ts';

/** A repository of a Git server, and how it is asked. */
export interface GitRemote {
  /** Without a closing slash. */
  readonly url: string;
  readonly options: Omit<DownloadOptions, 'maxBytes' | 'post' | 'sameOrigin'>;
}

/** Name of a ref, with `HEAD`, → commit; of an annotated tag the commit that it names. */
export type Refs = ReadonlyMap<string, string>;

/** What a server says of itself. */
interface Greeting {
  /** Of the repository, after redirects. */
  readonly url: string;
  readonly version: 0 | 2;
  readonly capabilities: ReadonlySet<string>;
  /** Version 0 lists all of them at once. */
  readonly refs: Refs;
}

/** Of refs; the largest public repositories have a few hundred thousand, most of them of pull requests. */
const MAX_REFS_BYTES = 64 * 1024 * 1024;

const AGENT = 'agent=trimtab';

/**
 * The refs whose names begin with one of the prefixes; a server that speaks the older protocol gives all that it has.
 * Throws Problem `not-found`, `forbidden`, `unavailable`. https://git-scm.com/docs/protocol-v2#_ls_refs
 */
export async function listRefs(remote: GitRemote, prefixes: readonly string[]): Promise<Refs> {
  const greeting = await greet(remote);
  if (greeting.version === 0) return greeting.refs;
  const body = [
    ...[packet('command=ls-refs'), packet(AGENT), DELIMITER, packet('peel')],
    ...[...prefixes.map((prefix) => packet(`ref-prefix ${prefix}`)), FLUSH],
  ];
  const refs = new Map<string, string>();
  for await (const line of packetsOf((await ask(remote, greeting, body, MAX_REFS_BYTES)).body)) {
    if (typeof line === 'string') break;
    const [id = '', name = '', ...attributes] = textOf(line, remote).split(' ');
    const peeled = attributes.find((one) => one.startsWith('peeled:'))?.slice('peeled:'.length);
    refs.set(name, peeled ?? id);
  }
  return refs;
}

/**
 * The pack that holds a commit with all of its files, and no history where the server can leave it out. A commit that is at
 * the tip of nothing is asked for all the same; a server that gives no such one by the older protocol gives all of its
 * branches, and who reads the pack finds it there or not. Throws as above; `limit-exceeded` for more than `maxBytes`.
 * https://git-scm.com/docs/protocol-v2#_fetch https://git-scm.com/docs/pack-protocol
 */
export async function fetchPack(remote: GitRemote, commit: string, maxBytes: number): Promise<Buffer> {
  const greeting = await greet(remote);
  if (greeting.version === 2) return await packOf(remote, greeting, modern(commit), maxBytes);
  try {
    return await packOf(remote, greeting, older([commit], greeting), maxBytes);
  } catch (thrown) {
    const tips = [...new Set(greeting.refs.values())];
    if (!(thrown instanceof Problem) || thrown.code !== 'not-found' || tips.includes(commit)) throw thrown;
    return await packOf(remote, greeting, older(tips, undefined), maxBytes);
  }
}

function modern(commit: string): readonly Buffer[] {
  const wants = ['ofs-delta', 'no-progress', `want ${commit}`, 'deepen 1', 'done'];
  return [packet('command=fetch'), packet(AGENT), DELIMITER, ...wants.map(packet), FLUSH];
}

/** Without a greeting nothing is left out of the history. */
function older([first = '', ...others]: readonly string[], greeting: Greeting | undefined): readonly Buffer[] {
  const isShallow = greeting?.capabilities.has('shallow') === true;
  const wanted = ['side-band-64k', 'ofs-delta', ...(isShallow ? ['shallow'] : []), AGENT];
  return [
    packet(`want ${first} ${wanted.join(' ')}`),
    ...others.map((commit) => packet(`want ${commit}`)),
    ...(isShallow ? [packet('deepen 1')] : []),
    ...[FLUSH, packet('done')],
  ];
}

async function packOf(
  remote: GitRemote,
  greeting: Greeting,
  body: readonly Buffer[],
  maxBytes: number,
): Promise<Buffer> {
  const { body: answer } = await ask(remote, greeting, body, maxBytes);
  const parts: Buffer[] = [];
  for await (const part of packetsOf(answer)) {
    if (typeof part === 'string') continue;
    // Before the pack come lines in words: `NAK`, `shallow ID`, `packfile`, and what went wrong.
    const [band] = part;
    if (band === 1) parts.push(Buffer.from(part.subarray(1)));
    else if (band === 3) throw failed(part.toString('utf8', 1), remote);
    else if (band !== 2) textOf(part, remote);
  }
  return Buffer.concat(parts);
}

async function greet(remote: GitRemote): Promise<Greeting> {
  const headers = { ...remote.options.headers, 'git-protocol': 'version=2' };
  const address = `${remote.url}/info/refs?service=git-upload-pack`;
  const answer = await download(address, { ...remote.options, headers, sameOrigin: true, maxBytes: MAX_REFS_BYTES });
  if (answer.status !== 200) throw refused(remote.url, answer.status);
  if (!/^application\/x-git-upload-pack-advertisement\b/.test(String(answer.headers['content-type'] ?? ''))) {
    throw notGit(remote);
  }
  const lines: string[] = [];
  for await (const line of packetsOf(answer.body)) if (typeof line !== 'string') lines.push(textOf(line, remote));
  if (lines[0]?.startsWith('# service=') === true) lines.shift();
  const url = answer.url.replace(/\/info\/refs\?service=git-upload-pack$/, '');
  const greeting = lines[0] === 'version 2' ? modernGreeting(url, lines) : olderGreeting(url, lines);
  const isOther = [...greeting.capabilities].some((one) => /^object-format=(?!sha1$)/.test(one));
  if (isOther) throw unsupported(remote, 'keeps its objects by SHA-256');
  if (greeting.version === 0 && greeting.refs.size > 0 && !greeting.capabilities.has('side-band-64k')) {
    throw unsupported(remote, 'speaks a protocol of before 2006');
  }
  return greeting;
}

function modernGreeting(url: string, lines: readonly string[]): Greeting {
  return { url, version: 2, capabilities: new Set(lines.slice(1)), refs: new Map() };
}

/** `ID NAME\0CAPABILITIES`, then `ID NAME` each; after an annotated tag `ID NAME^{}` says the commit. */
function olderGreeting(url: string, lines: readonly string[]): Greeting {
  const refs = new Map<string, string>();
  const [first = '', ...rest] = lines.filter((line) => !line.startsWith('version '));
  const [ref = '', capabilities = ''] = first.split('\0');
  for (const line of [ref, ...rest]) {
    const [, id, name] = /^([0-9a-f]{40}) (.+?)(\^\{\})?$/.exec(line) ?? [];
    if (id !== undefined && name !== undefined && !/^0+$/.test(id)) refs.set(name, id);
  }
  return { url, version: 0, capabilities: new Set(capabilities.trim().split(' ')), refs };
}

async function ask(
  remote: GitRemote,
  greeting: Greeting,
  body: readonly Buffer[],
  maxBytes: number,
): Promise<Downloaded> {
  const { headers } = remote.options;
  const answer = await download(`${greeting.url}/git-upload-pack`, {
    ...remote.options,
    headers: {
      ...headers,
      'content-type': 'application/x-git-upload-pack-request',
      accept: 'application/x-git-upload-pack-result',
      ...(greeting.version === 2 ? { 'git-protocol': 'version=2' } : {}),
    },
    post: Buffer.concat(body),
    sameOrigin: true,
    maxBytes,
  });
  if (answer.status !== 200) throw refused(remote.url, answer.status);
  return answer;
}

/** A line in words. Throws Problem when it is the server's refusal. */
function textOf(line: Exclude<Packet, string>, remote: GitRemote): string {
  const text = line.toString('utf8').replace(/\n$/, '');
  if (text.startsWith('ERR ')) throw failed(text.slice('ERR '.length), remote);
  return text;
}

/** The server's own words are not passed on: it may be anybody's. */
function failed(words: string, { url }: GitRemote): Problem {
  if (/not our ref|not found|unadvertised|no such/i.test(words)) {
    return new Problem('not-found', `${url} does not give what was asked for: it is not there, or not any more.`, {
      where: { field: 'spec.source.targetRevision' },
      fix: 'Write a branch, a tag or a commit that is there.',
    });
  }
  return new Problem('unavailable', `${url} answers that something went wrong on its side.`, {
    where: { field: 'spec.source.repoURL' },
    retryAfterSeconds: 30,
  });
}

function notGit({ url }: GitRemote): Problem {
  return new Problem('not-found', `${url} is not the address of a Git repository.`, {
    where: { field: 'spec.source.repoURL' },
    fix: 'Write the URL that `git clone` takes, by HTTPS.',
  });
}

function unsupported({ url }: GitRemote, what: string): Problem {
  return new Problem('unsupported', `The repository ${url} ${what}, which trimtab does not read.`, {
    where: { field: 'spec.source.repoURL' },
  });
}
