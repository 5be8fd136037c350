import { type App, type Installation, nodeId, type User } from '../state.ts';

/** A JSON object of an answer. */
export type Json = Readonly<Record<string, unknown>>;

/** Where things are found: the API's base and the base of the pages. */
export interface Addresses {
  readonly url: string;
}

/** The API's base address, as GitHub Enterprise Server has it. */
export function apiUrl(at: Addresses): string {
  return `${at.url}/api/v3`;
}

/** Schema `simple-user`. */
export function showUser(at: Addresses, user: User): Json {
  const login = encodeURIComponent(user.login);
  const url = `${apiUrl(at)}/users/${login}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('U', user.id),
    avatar_url: `${at.url}/avatars/${login}.svg`,
    gravatar_id: '',
    url,
    html_url: `${at.url}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

/** Schema `integration`. */
export function showApp(at: Addresses, app: App): Json {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: showUser(at, app.owner),
    name: app.name,
    description: null,
    external_url: at.url,
    html_url: `${at.url}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: app.permissions,
    events: app.events,
  };
}

/** Schema `installation`. */
export function showInstallation(at: Addresses, installation: Installation): Json {
  const { app, account } = installation;
  const url = `${apiUrl(at)}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    client_id: app.clientId,
    account: showUser(at, account),
    repository_selection: 'selected',
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${apiUrl(at)}/installation/repositories`,
    html_url: `${at.url}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: app.permissions,
    events: app.events,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}
