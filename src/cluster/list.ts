import pMap from 'p-map';
import { apiVersionOf, type Manifest } from '../spec/manifest.ts';
import type { ApiKind } from '../spec/ports.ts';
import { checkNamespace, collectionPath } from './locate.ts';
import type { Session } from './session.ts';

export interface ListOptions {
  /** Default: all that the registration allows. */
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** What kubectl asks for at once. */
const PAGE = 500;

/**
 * Every object of a kind, page by page. A list whose snapshot expired on the way (410) is begun again in one piece,
 * which can't expire. What a registration leaves out is not there for it, as in Argo CD: kinds outside of namespaces
 * (`clusterResources`). https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function list(session: Session, kind: ApiKind, options: ListOptions = {}): Promise<readonly Manifest[]> {
  const { connection } = session;
  if (!kind.namespaced) return connection.namespacedOnly === true ? [] : await pages(session, kind, '', options);
  if (options.namespace !== undefined) {
    checkNamespace(connection, options.namespace);
    return await pages(session, kind, options.namespace, options);
  }
  if (connection.namespaces.length === 0) return await pages(session, kind, '', options);
  const each = (namespace: string) => pages(session, kind, namespace, options);
  return (await pMap(connection.namespaces, each, { concurrency: 4 })).flat();
}

async function pages(
  session: Session,
  kind: ApiKind,
  namespace: string,
  options: ListOptions,
): Promise<readonly Manifest[]> {
  const found: Manifest[] = [];
  let token: string | undefined;
  do {
    const page = await ask(session, kind, namespace, { ...options, limit: PAGE, token });
    if (page === undefined) return (await ask(session, kind, namespace, options))?.items ?? [];
    found.push(...page.items);
    token = page.next;
  } while (token !== undefined);
  return found;
}

interface Page {
  readonly items: readonly Manifest[];
  readonly next: string | undefined;
}

/** Undefined when the continue token has expired. */
async function ask(
  { connection }: Session,
  kind: ApiKind,
  namespace: string,
  options: ListOptions & { readonly limit?: number; readonly token?: string | undefined },
): Promise<Page | undefined> {
  const answer = await connection.send({
    method: 'GET',
    path: collectionPath(kind, namespace),
    query: {
      labelSelector: options.labelSelector,
      limit: options.limit === undefined ? undefined : String(options.limit),
      continue: options.token,
    },
    ...(options.token === undefined ? {} : { expect: [410] }),
    subject: { doing: `list ${kind.plural}${kind.group === '' ? '' : `.${kind.group}`}` },
  });
  if (answer.status === 410) return undefined;
  const { items, metadata } = answer.body as {
    readonly items?: readonly Manifest[] | null;
    readonly metadata?: { readonly continue?: string };
  };
  const next = metadata?.continue;
  // The items of built-in kinds come without kind and apiVersion.
  const named = (items ?? []).map((item) => ({ ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }));
  return { items: named, next: next === undefined || next === '' ? undefined : next };
}
