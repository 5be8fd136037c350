import { createHash } from 'node:crypto';
import { Problem } from '../spec/problem.ts';
import { refused } from './chart-index.ts';
import { type Downloaded, type DownloadOptions, download, textOf } from './download.ts';
import { isServiceOf } from './token-service.ts';
import { verified } from './verified.ts';

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
  /** How another address is reached that is registered for itself: a token service that a registry names. */
  readonly registeredAt?: (address: string) => Promise<OciAccess | undefined>;
}

/** A layer of an artifact. https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface OciLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** https://helm.sh/docs/topics/registries/#helm-chart-manifest */
export const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

const MANIFESTS = 'application/vnd.oci.image.manifest.v1+json';
const MAX_BYTES = 8 * 1024 * 1024;
/** Pages of tags; a registry may give as few a page as it likes. */
const MOST_PAGES = 100;

/** `oci://ghcr.io/acme/charts/shop`, or without the scheme; undefined for what names no repository of a registry. */
export function ociRepository(address: string, access: OciAccess): OciRepository | undefined {
  const plain = address.replace(/^(oci|https?):\/\//i, '').replace(/\/+$/, '');
  const [host = '', ...path] = plain.split('/').filter((part) => part !== '');
  const isName = path.length > 0 && path.every((part) => /^[a-z0-9]+([._-]+[a-z0-9]+)*$/.test(part));
  if (!isName || !URL.canParse(`https://${host}`) || host.includes('@')) return undefined;
  return { host: host === 'docker.io' ? 'registry-1.docker.io' : host, name: path.join('/'), access };
}

/**
 * Every tag of the repository, as the version that it stands for: tags can't hold `+`, so Helm writes `_`.
 * https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes-with-v380
 */
export async function listVersions(repository: OciRepository): Promise<readonly string[]> {
  return (await listTags(repository)).map((tag) => tag.replaceAll('_', '+'));
}

/** The tag of a version. */
export function tagOf(version: string): string {
  return version.replaceAll('+', '_');
}

/** Every tag of the repository. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-discovery */
async function listTags(repository: OciRepository): Promise<readonly string[]> {
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

/** What a tag or a digest names. https://github.com/opencontainers/image-spec/blob/main/manifest.md */
export interface OciManifest {
  /** `sha256:…` of the manifest itself. */
  readonly digest: string;
  /** What kind of artifact it is; a Helm chart has one of its own. */
  readonly configType: string;
  readonly layers: readonly OciLayer[];
}

/** The manifest of a tag or a digest. Throws Problem `unavailable` when it is not the one of that digest. */
export async function readManifest(repository: OciRepository, reference: string): Promise<OciManifest> {
  const path = `/v2/${repository.name}/manifests/${encodeURIComponent(reference).replace('%3A', ':')}`;
  const text = await textOf(await ask(repository, path, { accept: MANIFESTS }, MAX_BYTES));
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  if (reference.startsWith('sha256:') && reference !== digest) {
    throw new Problem(
      'unavailable',
      `oci://${repository.host}/${repository.name} gives another artifact than ${reference}.`,
    );
  }
  const { layers, config } = jsonOf(text, repository) as { readonly layers?: unknown; readonly config?: unknown };
  const { mediaType } = (config ?? {}) as { readonly mediaType?: unknown };
  return { digest, configType: String(mediaType ?? ''), layers: Array.isArray(layers) ? layers : [] };
}

/** The bytes of a layer. Throws Problem `not-found` for one that names no SHA-256, `unavailable` at the end of others. */
export async function readLayer(
  repository: OciRepository,
  layer: OciLayer,
  maxBytes: number,
): Promise<AsyncIterable<Uint8Array>> {
  const [, digest] = /^sha256:([0-9a-f]{64})$/.exec(String(layer.digest)) ?? [];
  const address = `oci://${repository.host}/${repository.name}`;
  if (digest === undefined) throw new Problem('not-found', `${address} names a layer without its SHA-256.`);
  const { body } = await ask(repository, `/v2/${repository.name}/blobs/${layer.digest}`, {}, maxBytes);
  return verified(body, digest, address);
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
 * for them, one elsewhere for those that are registered for that one, or to anybody. https://distribution.github.io/distribution/spec/auth/token/
 */
async function answerTo(challenge: string, repository: OciRepository): Promise<string> {
  const { host, name, access } = repository;
  if (/^basic\b/i.test(challenge)) {
    if (access.username !== undefined || access.password !== undefined) return basicOf(access);
    throw refused(`oci://${host}/${name}`, 401);
  }
  const parameter = (key: string): string | undefined => new RegExp(`${key}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = parameter('realm') ?? '';
  if (!URL.canParse(realm)) throw refused(`oci://${host}/${name}`, 401);
  const url = new URL(realm);
  const service = parameter('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', parameter('scope') ?? `repository:${name}:pull`);
  const isOwn = isServiceOf(url.hostname, new URL(`https://${host}`).hostname);
  const asked = isOwn ? access : ((await access.registeredAt?.(`${url.origin}${url.pathname}`)) ?? {});
  const isKnown = asked.username !== undefined || asked.password !== undefined;
  const isSafe = url.protocol === 'https:' || access.http === true;
  const headers = isKnown && isSafe ? { authorization: basicOf(asked) } : {};
  const answer = await download(url.href, { ...asked, headers, maxBytes: MAX_BYTES });
  if (answer.status !== 200) throw refused(`oci://${host}/${name}`, answer.status === 404 ? 401 : answer.status);
  const { token, access_token: other } = jsonOf(await textOf(answer), repository) as Record<string, unknown>;
  return `Bearer ${String(token ?? other ?? '')}`;
}

function basicOf({ username = '', password = '' }: OciAccess): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
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
