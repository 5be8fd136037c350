import { createPublicKey, createVerify, generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type Caller, type Need, refusal } from './http.ts';
import type { App, Installation, Repository, State, Token, User } from './state.ts';

/** An installation token is good for an hour. */
const TOKEN_LIFE_MS = 3_600_000;
/** GitHub refuses JWTs that live longer than ten minutes; clocks may differ a little. */
const JWT_LIFE_SECONDS = 600;
const CLOCK_DRIFT_SECONDS = 60;

/** What a new app is made of. */
export interface AppDescription {
  readonly name: string;
  readonly owner: User;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  readonly webhookUrl: string | undefined;
  readonly webhookSecret?: string | undefined;
}

/** Registers an app with a key pair of its own and its bot user `<slug>[bot]`. */
export async function registerApp(state: State, description: AppDescription): Promise<App> {
  const keys = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const slug = description.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const id = state.nextId();
  const bot: User = {
    id: state.nextId(),
    login: `${slug}[bot]`,
    name: `${slug}[bot]`,
    email: `${id}+${slug}[bot]@users.noreply.localhost`,
    type: 'Bot',
    permission: 'none',
  };
  const app: App = {
    id,
    slug,
    name: description.name,
    clientId: `Iv23${randomBytes(8).toString('hex')}`,
    clientSecret: randomBytes(20).toString('hex'),
    owner: description.owner,
    bot,
    privateKey: keys.privateKey,
    publicKey: keys.publicKey,
    webhookSecret: description.webhookSecret ?? randomBytes(20).toString('hex'),
    permissions: description.permissions,
    events: description.events,
    createdAt: state.time(),
    webhookUrl: description.webhookUrl,
  };
  state.apps.push(app);
  state.users.set(bot.login, bot);
  return app;
}

/** Installs an app on an account, or finds the installation that is there. */
export function installApp(state: State, app: App, account: User): Installation {
  const there = state.installations.find((one) => one.app === app && one.account === account);
  if (there !== undefined) return there;
  const installation: Installation = {
    id: state.nextId(),
    app,
    account,
    repositories: new Set(),
    createdAt: state.time(),
  };
  state.installations.push(installation);
  return installation;
}

/** Makes a token for an installation, with all that it may do or less. */
export function issueToken(
  state: State,
  installation: Installation,
  narrowed: {
    readonly permissions: Readonly<Record<string, string>>;
    readonly repositories: ReadonlySet<Repository> | undefined;
  },
): Token {
  const token: Token = {
    value: `ghs_${randomBytes(18).toString('hex')}`,
    installation,
    permissions: { metadata: 'read', ...narrowed.permissions },
    repositories: narrowed.repositories,
    expiresAt: new Date(state.now().getTime() + TOKEN_LIFE_MS),
  };
  state.tokens.set(token.value, token);
  return token;
}

/**
 * Who sends this request. Throws 401 as GitHub does: for a token that is unknown or over, for a JWT that is not signed
 * by the app's key (RS256), not yet or no longer valid, or valid for longer than ten minutes.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function identify(state: State, authorization: string | null): Caller {
  if (authorization === null || authorization === '') return { as: 'nobody' };
  const [, scheme = '', credentials = ''] = /^(\w+) +(\S+)$/.exec(authorization) ?? [];
  if (!/^(bearer|token)$/i.test(scheme)) throw refusal(401, 'Bad credentials');
  if (credentials.split('.').length === 3) return { as: 'app', app: verifyJwt(state, credentials) };
  const token = state.tokens.get(credentials);
  if (token === undefined || token.expiresAt <= state.now()) throw refusal(401, 'Bad credentials');
  return { as: 'installation', token, installation: token.installation, user: token.installation.app.bot };
}

function verifyJwt(state: State, jwt: string): App {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const claims = readJson(payload);
  const app = state.apps.find((one) => String(one.id) === String(claims['iss']) || one.clientId === claims['iss']);
  if (app === undefined || readJson(header)['alg'] !== 'RS256') {
    throw refusal(401, 'A JSON web token could not be decoded');
  }
  const signed = createVerify('RSA-SHA256')
    .update(`${header}.${payload}`)
    .verify(createPublicKey(app.publicKey), Buffer.from(signature, 'base64url'));
  if (!signed) throw refusal(401, 'A JSON web token could not be decoded');
  const now = Math.floor(state.now().getTime() / 1000);
  const { iat, exp } = claims;
  if (typeof exp !== 'number' || exp <= now) {
    throw refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + JWT_LIFE_SECONDS + CLOCK_DRIFT_SECONDS)
    throw refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || iat > now + CLOCK_DRIFT_SECONDS) {
    throw refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  return app;
}

function readJson(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** The repositories that a token opens. */
export function repositoriesOf(token: Token): Repository[] {
  return [...token.installation.repositories].filter((repo) => token.repositories?.has(repo) ?? true);
}

/**
 * Lets a token into a repository or throws: 404 when it may not know of it, 403 when it lacks the permission. Any token
 * may read what is public.
 */
export function admit(token: Token, repo: Repository | undefined, [permission, level]: Need): Repository {
  const sees = repo !== undefined && repositoriesOf(token).includes(repo);
  if (repo === undefined || (!sees && repo.visibility === 'private')) throw refusal(404, 'Not Found');
  const granted = permission.split('|').map((one) => (sees ? token.permissions[one] : 'read'));
  if (!granted.some((one) => one === 'write' || one === level)) {
    throw refusal(403, 'Resource not accessible by integration');
  }
  return repo;
}
