import type { Server } from '../http.ts';
export function createPages(server: Server): (request: Request) => Promise<Response> {
  return async () => new Response(server.url);
}
