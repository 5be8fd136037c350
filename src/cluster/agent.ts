import type { Agent as AnyAgent } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';

interface AgentOptions {
  readonly isHttp: boolean;
  /** The proxy on the way to the server. */
  readonly proxy: URL | undefined;
  /** Milliseconds for a connection to come about, with TLS. */
  readonly connectMs: number;
  readonly options: RequestOptions;
}

/** The server allows far more, but a few sockets are enough for one function, and each costs a TLS handshake. */
const COMMON = { keepAlive: true, maxSockets: 16 } as const;

/** An agent that keeps its connections, and soon gives up one that does not come about. */
export async function createAgent({ isHttp, proxy, connectMs, options }: AgentOptions): Promise<AnyAgent> {
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
  if (proxy === undefined) {
    return limited(isHttp ? new HttpAgent(COMMON) : new HttpsAgent({ ...COMMON, ...tls }), connectMs);
  }
  const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent');
  const through = { ...COMMON, proxy };
  return limited(isHttp ? new HttpProxyAgent(through) : new HttpsProxyAgent({ ...through, ...tls }), connectMs);
}

type Connected = (error: Error | null, socket?: Socket) => void;

/**
 * An address that swallows packets, or a load balancer with nothing behind it, would hold a request for its whole time.
 * https://nodejs.org/api/http.html#agentcreateconnectionoptions-callback
 */
function limited(agent: AnyAgent, connectMs: number): AnyAgent {
  const connect = agent.createConnection.bind(agent) as (options: object, done: Connected) => Socket | undefined;
  const ready = agent instanceof HttpsAgent ? 'secureConnect' : 'connect';
  agent.createConnection = ((options: object, done: Connected): Socket | undefined => {
    let timer: NodeJS.Timeout | undefined;
    const socket = connect(options, (error, connected) => {
      clearTimeout(timer);
      done(error, connected);
    });
    timer = setTimeout(() => {
      const late = Object.assign(new Error('The connection did not come about in time'), { code: 'ETIMEDOUT' });
      if (socket === undefined) done(late);
      else socket.destroy(late);
    }, connectMs);
    for (const event of [ready, 'close']) socket?.once(event, () => clearTimeout(timer));
    return socket;
  }) as typeof agent.createConnection;
  return agent;
}
