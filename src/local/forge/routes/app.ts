import { z } from 'zod';
import { issueToken, repositoriesOf } from '../auth.ts';
import { type Call, notFound, paged, param, type Reply, type Route, readBody, refusal } from '../http.ts';
import { showApp, showInstallation } from '../shapes/account.ts';
import { showRepository } from '../shapes/repository.ts';
import { type App, gitHubTime } from '../state.ts';

/** What an app asks about itself. https://docs.github.com/rest/apps */
export const appRoutes: readonly Route[] = [
  { operation: 'GET /app', by: 'app', handle: async (call) => ({ status: 200, body: showApp(call, appOf(call)) }) },
  {
    operation: 'GET /app/installations',
    by: 'app',
    handle: async (call) => {
      const own = call.state.installations.filter((one) => one.app === appOf(call));
      return paged(call, own, (one) => showInstallation(call, one));
    },
  },
  { operation: 'POST /app/installations/{installation_id}/access_tokens', by: 'app', handle: createToken },
  { operation: 'GET /repos/{owner}/{repo}/installation', by: 'app', handle: installationOf },
  { operation: 'GET /installation/repositories', by: 'installation', handle: repositories },
  {
    operation: 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}',
    by: 'installation',
    handle: membership,
  },
  { operation: 'POST /app-manifests/{code}/conversions', by: 'anyone', handle: convertManifest },
];

function appOf(call: Call): App {
  if (call.caller.as !== 'app') throw refusal(401, 'A JSON web token could not be decoded');
  return call.caller.app;
}

const TokenRequest = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.string()).optional(),
});

async function createToken(call: Call): Promise<Reply> {
  const app = appOf(call);
  const installation = call.state.installations.find((one) => one.id === Number(param(call, 'installation_id')));
  if (installation === undefined || installation.app !== app) throw notFound();
  const wanted = readBody(call, TokenRequest);
  const tooMuch = Object.entries(wanted.permissions ?? {}).some(([name, level]) => {
    const granted = app.permissions[name];
    return granted === undefined || (level === 'write' && granted === 'read');
  });
  if (tooMuch) throw refusal(422, 'The permissions requested are not granted to this installation.');
  const all = [...installation.repositories];
  const chosen = all.filter(
    (repo) => wanted.repositories?.includes(repo.name) || wanted.repository_ids?.includes(repo.id),
  );
  const asked = (wanted.repositories?.length ?? 0) + (wanted.repository_ids?.length ?? 0);
  if (chosen.length < asked) {
    throw refusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  const token = issueToken(call.state, installation, {
    permissions: wanted.permissions ?? app.permissions,
    repositories: asked === 0 ? undefined : new Set(chosen),
  });
  return {
    status: 201,
    body: {
      token: token.value,
      expires_at: gitHubTime(token.expiresAt),
      permissions: token.permissions,
      repository_selection: 'selected',
      ...(asked === 0 ? {} : { repositories: chosen.map((repo) => showRepository(call, repo)) }),
    },
  };
}

async function installationOf(call: Call): Promise<Reply> {
  const app = appOf(call);
  const repo = call.state.repositories.get(`${param(call, 'owner')}/${param(call, 'repo')}`.toLowerCase());
  const found = call.state.installations.find(
    (one) => one.app === app && repo !== undefined && one.repositories.has(repo),
  );
  if (found === undefined) throw notFound();
  return { status: 200, body: showInstallation(call, found) };
}

async function repositories(call: Call): Promise<Reply> {
  if (call.caller.as !== 'installation') throw refusal(403, 'Resource not accessible by integration');
  return paged(
    call,
    repositoriesOf(call.caller.token),
    (repo) => showRepository(call, repo),
    (shown, total) => ({ total_count: total, repository_selection: 'selected', repositories: shown }),
  );
}

async function membership(call: Call): Promise<Reply> {
  const [org, team, login] = ['org', 'team_slug', 'username'].map((name) => param(call, name));
  const { caller } = call;
  const isTheirs =
    caller.as === 'installation' && caller.installation.account.login.toLowerCase() === org?.toLowerCase();
  if (!isTheirs) throw notFound();
  if (caller.token.permissions['members'] === undefined) throw refusal(403, 'Resource not accessible by integration');
  if (call.state.teams.get(`${org}/${team}`.toLowerCase())?.has(login ?? '') !== true) throw notFound();
  const url = `${call.url}/orgs/${org}/teams/${team}/memberships/${login}`;
  return { status: 200, body: { url, role: 'member', state: 'active' } };
}

/** The last step of the manifest flow: the code is good once, and gives the app with its secrets. */
async function convertManifest(call: Call): Promise<Reply> {
  const code = param(call, 'code');
  const app = call.state.manifestCodes.get(code);
  if (app === undefined) throw notFound();
  call.state.manifestCodes.delete(code);
  return {
    status: 201,
    body: {
      ...showApp(call, app),
      client_id: app.clientId,
      client_secret: app.clientSecret,
      webhook_secret: app.webhookSecret,
      pem: app.privateKey,
    },
  };
}
