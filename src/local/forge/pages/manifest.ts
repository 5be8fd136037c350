import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { registerApp } from '../auth.ts';
import type { Server } from '../http.ts';

/** https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
const Manifest = z.object({
  name: z.string().default('trimtab'),
  url: z.string(),
  redirect_url: z.string().optional(),
  hook_attributes: z.object({ url: z.string() }).optional(),
  default_permissions: z.record(z.string(), z.string()).default({}),
  default_events: z.array(z.string()).default([]),
});

/**
 * The page that a manifest is posted to: registers the app and sends the browser back with a code, good for one
 * conversion. GitHub asks the person first; here the click that sent the manifest is enough. Answers undefined for
 * other requests.
 */
export function createManifestPage(server: Server): (request: Request) => Promise<Response | undefined> {
  return async (request) => {
    const address = new URL(request.url);
    if (request.method !== 'POST' || !/^(\/organizations\/[^/]+)?\/settings\/apps\/new$/.test(address.pathname))
      return undefined;
    const text = (await request.formData()).get('manifest');
    const manifest = readManifest(typeof text === 'string' ? text : '');
    const owner = server.state.users.get('alice') ?? [...server.state.users.values()][0];
    if (manifest === undefined || owner === undefined)
      return new Response('The manifest is not valid.', { status: 422 });
    const app = await registerApp(server.state, {
      name: manifest.name,
      owner,
      permissions: { metadata: 'read', ...manifest.default_permissions },
      events: manifest.default_events,
      webhookUrl: manifest.hook_attributes?.url,
    });
    const code = randomBytes(20).toString('hex');
    server.state.manifestCodes.set(code, app);
    if (manifest.redirect_url === undefined) return new Response(code);
    const back = new URL(manifest.redirect_url);
    back.searchParams.set('code', code);
    const state = address.searchParams.get('state');
    if (state !== null) back.searchParams.set('state', state);
    return new Response(null, { status: 302, headers: { location: back.href } });
  };
}

function readManifest(text: string): z.infer<typeof Manifest> | undefined {
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
