import { Problem } from '../spec/problem.ts';

/** A request to an API server, in its own words. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root of the server: `/apis/apps/v1/namespaces/shop/deployments/web`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  /** Sent as If-None-Match; the answer may then be 304. */
  readonly etag?: string;
  /** Statuses beyond 2xx that the caller deals with; any other is thrown as a Problem. */
  readonly expect?: readonly number[];
  readonly subject: Subject;
}

/** What a request is about, for the words of an error. */
export interface Subject {
  /** `apply Deployment shop/web`: completes "could not …". */
  readonly doing: string;
  /** As `resourceText` writes it. */
  readonly resource?: string;
  /** True where the request carries a Secret: the server's own words may quote its values, so they are not repeated. */
  readonly secret?: boolean;
  /** True for server-side apply. */
  readonly applies?: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  /** The parsed JSON; undefined where the answer is none. */
  readonly body: unknown;
  /** Texts of the Warning headers. https://kubernetes.io/blog/2020/09/03/warnings/ */
  readonly warnings: readonly string[];
  readonly etag?: string;
}

/** An API server that requests can be sent to. */
export interface Connection {
  /** The cluster's name, for messages. */
  readonly cluster: string;
  /** The URL by which the registration names it. */
  readonly server: string;
  /** The namespaces that may be used; empty for all. */
  readonly namespaces: readonly string[];
  /** Whether what lives outside of namespaces may not be used. */
  readonly namespacedOnly?: boolean;
  /** Throws Problem for every answer that is not expected; see `errors.ts`. */
  send(request: ApiRequest): Promise<ApiAnswer>;
}

/** The same server for those who must not change it: anything but reading and dry-runs is refused here already. */
export function readOnly(connection: Connection): Connection {
  return {
    ...connection,
    send: async (request) => {
      if (request.method === 'GET' || request.query?.['dryRun'] === 'All') return await connection.send(request);
      throw new Problem(
        'internal',
        `${request.method} ${request.path} was to go through a connection that only reads.`,
      );
    },
  };
}
