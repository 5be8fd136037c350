import type { Server } from '../http.ts';
import { createManifestPage } from './manifest.ts';
export function createPages(server: Server): (request: Request) => Promise<Response> {
  const m = createManifestPage(server);
  return async (r) => (await m(r)) ?? new Response(server.url);
}
