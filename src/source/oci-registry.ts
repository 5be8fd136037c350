import { Problem } from '../spec/problem.ts';
import { refused } from './chart-index.ts';
import { type Downloaded, type DownloadOptions, download, textOf } from './download.ts';

/** A repository of a registry: one chart. */
export interface OciRepository {
  /** `ghcr.io` */
  readonly host: string;
  /** `acme/charts/shop` */
  readonly name: string;
  readonly access: OciAccess;
}

export interface OciAccess extends Omit<DownloadOptions, 'maxBytes' | 'headers'> {
  readonly username?: string;
  readonly password?: string;
  /** `insecureOCIForceHttp` of the registered repository. */
  readonly http?: boolean;
}

/** A layer of an artifact. https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface OciLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MANIFESTS = 'application/vnd.oci.image.manifest.v1+json';
const MAX_BYTES = 8 * 1024 * 1024;
/** Pages of tags; a registry may give as few a page as it likes. */
const MOST_PAGES = 100;

/** Every tag of the repository. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-discovery */
export async function listTags(repository: OciRepository): Promise<readonly string[]> {
  const tags: string[] = [];
  let path: string | undefined = `/v2/${repository.name}/tags/list?n=1000`;
  for (let page = 0; path !== undefined && page < MOST_PAGES; page += 1) {
    const answer = await ask(repository, path, {}, MAX_BYTES);
    const listed = (jsonOf(await textOf(answer), repository) as { readonly tags?: unknown }).tags;
    if (Array.isArray(listed)) tags.push(...listed.filter((tag) => typeof tag === 'string'));
    path = nextPage(answer, repository);
  }
  return tags;
}

/** The layers of what a tag names. */
export async function readLayers(repository: OciRepository, tag: string): Promise<readonly OciLayer[]> {
  const path = `/v2/${repository.name}/manifests/${encodeURIComponent(tag)}`;
  const answer = await ask(repository, path, { accept: MANIFESTS }, MAX_BYTES);
  const { layers } = jsonOf(await textOf(answer), repository) as { readonly layers?: unknown };
  return Array.isArray(layers) ? layers : [];
}

/** The bytes of a layer; who reads them checks the digest. */
export async function readLayer(repository: OciRepository, layer: OciLayer, maxBytes: number): Promise<Downloaded> {
  return ask(repository, `/v2/${repository.name}/blobs/${layer.digest}`, {}, maxBytes);
}

/** Registries name the next page in a Link header, sometimes as a whole URL: only its path is followed. */
function nextPage({ headers }: Downloaded, { host }: OciRepository): string | undefined {
  const [, link] = /<([^>]+)>;\s*rel="?next"?/.exec(String(headers['link'] ?? '')) ?? [];
  if (link === undefined) return undefined;
  const url = new URL(link, `https://${host}`);
  return `${url.pathname}${url.search}`;
}

async function ask(
  repository: OciRepository,
  path: string,
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
): Promise<Downloaded> {
  const { host, access } = repository;
  const url = `${access.http === true ? 'http' : 'https'}://${host}${path}`;
  const first = await download(url, { ...access, headers, maxBytes });
  const challenge = String(first.headers['www-authenticate'] ?? '');
  if (first.status !== 401 || challenge === '') return checked(first, repository);
  const authorization = await answerTo(challenge, repository);
  return checked(await download(url, { ...access, headers: { ...headers, authorization }, maxBytes }), repository);
}

function checked(answer: Downloaded, { host, name }: OciRepository): Downloaded {
  if (answer.status === 200) return answer;
  throw refused(`oci://${host}/${name}`, answer.status);
}

/**
 * A registry that asks who calls is answered with the registered credentials, or with a token that its own service gives
 * for them, or to anybody. https://distribution.github.io/distribution/spec/auth/token/
 */
async function answerTo(challenge: string, repository: OciRepository): Promise<string> {
  const { host, name, access } = repository;
  const basic = `Basic ${Buffer.from(`${access.username ?? ''}:${access.password ?? ''}`).toString('base64')}`;
  const known = access.username !== undefined || access.password !== undefined;
  if (/^basic\b/i.test(challenge)) {
    if (known) return basic;
    throw refused(`oci://${host}/${name}`, 401);
  }
  const parameter = (key: string): string | undefined => new RegExp(`${key}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = parameter('realm') ?? '';
  if (!URL.canParse(realm)) throw refused(`oci://${host}/${name}`, 401);
  const url = new URL(realm);
  const service = parameter('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', parameter('scope') ?? `repository:${name}:pull`);
  // The registry says where: its word is not enough to send somebody's password to another organisation.
  const sameOwner = ownerOf(url.hostname) === ownerOf(new URL(`https://${host}`).hostname);
  const isSafe = url.protocol === 'https:' || access.http === true;
  const headers = known && sameOwner && isSafe ? { authorization: basic } : {};
  const { privateHosts, ...elsewhere } = access;
  const answer = await download(url.href, { ...(sameOwner ? access : elsewhere), headers, maxBytes: MAX_BYTES });
  if (answer.status !== 200) throw refused(`oci://${host}/${name}`, answer.status === 404 ? 401 : answer.status);
  const { token, access_token: other } = jsonOf(await textOf(answer), repository) as Record<string, unknown>;
  return `Bearer ${String(token ?? other ?? '')}`;
}

/** `auth.docker.io` and `registry-1.docker.io` belong to one. An address belongs to itself. */
function ownerOf(hostname: string): string {
  return /^[\d.]+$|:/.test(hostname) ? hostname : hostname.split('.').slice(-2).join('.');
}

function jsonOf(text: string, { host, name }: OciRepository): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw new Problem('unavailable', `oci://${host}/${name} does not answer like a registry.`, {
      where: { field: 'spec.source.repoURL' },
    });
  }
}
