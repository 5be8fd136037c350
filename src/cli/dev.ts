import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { AppCredentials } from '../local/convert-manifest.ts';
import { writeEnvFile } from '../local/env-file.ts';
import { type GitHubAddress, gitHubAddress } from '../local/github-address.ts';
import { serveSetup } from '../local/setup-page.ts';
import { createSmeeChannel } from '../local/smee.ts';
import type { Delivery } from '../spec/event.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { parsePort } from './options.ts';
import { say, showProblem } from './show-problem.ts';
import { untilInterrupted } from './until-interrupted.ts';

interface DevOptions {
  readonly controlRepository?: string;
  readonly githubUrl?: string;
  readonly kubeconfig?: string;
  readonly port: number;
  readonly env: string;
}

/** How often the schedule runs, as in `serverless.yml`. */
const SCHEDULE_SECONDS = 180;

/** What makes the process the App; all of it or nothing. */
const APP_VARIABLES = ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET'];

/** Adds `trimtab dev`. */
export function addDev(program: Command): void {
  program
    .command('dev')
    .description('run the whole bot in this process, for a real GitHub App and the cluster of your kubeconfig')
    .option('--control-repository <owner/repo>', 'the repository with the Applications (default: $CONTROL_REPOSITORY)')
    .option('--github-url <url>', 'a GitHub Enterprise Server (default: $GITHUB_URL, https://github.com)')
    .option(
      '--kubeconfig <file>',
      'the cluster of https://kubernetes.default.svc (default: $KUBECONFIG, ~/.kube/config)',
    )
    .option('--port <number>', 'port on 127.0.0.1 of the set-up page and the webhook', parsePort, 3000)
    .option('--env <file>', 'file with the settings; the set-up writes the key of the App into it', '.env')
    .addHelpText(
      'after',
      `
The first time there is no App: open the address that is printed, and GitHub registers one; its key goes into .env, which
you keep to yourself. Webhooks come through smee.io. State is kept in .trimtab/ beside .env. Applications with automated
sync are synced: mind which cluster your kubeconfig names. Settings in .env: docs/environment.md.

Examples:
  trimtab dev --control-repository acme/platform
  trimtab dev --kubeconfig ~/.kube/staging --port 4000
  trimtab dev --github-url https://github.acme.com --control-repository acme/platform
`,
    )
    .action((options: DevOptions) => dev(options));
}

async function dev(options: DevOptions): Promise<void> {
  const envFile = resolve(options.env);
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const github = gitHubAddress(options.githubUrl ?? variable('GITHUB_URL') ?? 'https://github.com');
  const controlRepository = controlRepositoryOf(options);
  const port = await ensureApp({ github, controlRepository, envFile, port: options.port });
  const kubeconfig = kubeconfigOf(options);
  const webhookProxy = github.isHere ? undefined : variable('WEBHOOK_PROXY_URL');
  // Loaded for this verb only: the functions bring the AWS SDK.
  const { startDev } = await import('../local/dev.ts');
  const bot = await startDev({
    github,
    controlRepository,
    variables: process.env,
    ...(webhookProxy === undefined ? {} : { webhookProxy }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    port,
    folder: join(dirname(envFile), '.trimtab'),
    print,
    report: showProblem,
  });
  try {
    console.log(`
trimtab runs for ${controlRepository} on ${github.host}. Ctrl-C ends it.

  webhooks  ${webhookProxy === undefined ? '' : `${webhookProxy} → `}${bot.webhookUrl}
  cluster   ${kubeconfig ?? 'none: no kubeconfig was found; previews need none'}
  messages  ${variable('SLACK_TOKEN') === undefined ? 'printed here; SLACK_TOKEN in .env sends them to Slack' : 'Slack'}
`);
    const look = (): Promise<void> => bot.look().catch(showLook);
    await look();
    await untilInterrupted(SCHEDULE_SECONDS, look);
  } finally {
    await bot.close();
  }
}

function variable(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

function controlRepositoryOf(options: DevOptions): string {
  const found = options.controlRepository ?? variable('CONTROL_REPOSITORY');
  if (found !== undefined && /^[\w.-]+\/[\w.-]+$/.test(found)) return found;
  const what = found === undefined ? 'is not given' : `must be OWNER/REPO, and is ${found}`;
  throw new Problem('bad-command', `The repository with the Applications ${what}.`, {
    fix: 'trimtab dev --control-repository OWNER/REPO',
  });
}

interface AppSetup {
  readonly github: GitHubAddress;
  readonly controlRepository: string;
  readonly envFile: string;
  readonly port: number;
}

/** Registers an App where none is configured, and goes on with it. Answers the port that webhooks are to come to. */
async function ensureApp({ github, controlRepository, envFile, port }: AppSetup): Promise<number> {
  const missing = APP_VARIABLES.filter((name) => variable(name) === undefined);
  if (missing.length === 0) return port;
  if (missing.length < APP_VARIABLES.length) {
    throw new Problem('misconfigured', `The App is configured in part: ${missing.join(', ')} not set in ${envFile}.`, {
      fix: `Set ${missing.length === 1 ? 'it' : 'them'}, or remove the others to register a new App.`,
    });
  }
  const proxy = github.isHere ? undefined : (variable('WEBHOOK_PROXY_URL') ?? (await createSmeeChannel()));
  const setup = await serveSetup({
    github,
    controlRepository,
    port,
    webhookUrl: (own) => proxy ?? `http://127.0.0.1:${own}/webhook`,
    keep: (app) => keep(app, { envFile, proxy, controlRepository, github }),
  });
  console.log(`No GitHub App is configured yet. Open this in your browser to register one:\n\n  ${setup.url}\n`);
  await setup.done;
  console.log(`The App is registered; its key is in ${envFile}. Keep that file to yourself.`);
  return setup.port;
}

async function keep(
  app: AppCredentials,
  known: Omit<AppSetup, 'port'> & { readonly proxy: string | undefined },
): Promise<void> {
  const values = {
    APP_ID: app.appId,
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: app.webhookSecret,
    ...(known.proxy === undefined ? {} : { WEBHOOK_PROXY_URL: known.proxy }),
    CONTROL_REPOSITORY: known.controlRepository,
    GITHUB_URL: known.github.url,
    MARK_KEY: variable('MARK_KEY') ?? randomBytes(32).toString('hex'),
  };
  await writeEnvFile(known.envFile, values);
  Object.assign(process.env, values);
}

/** The file that kubectl would read; of several in $KUBECONFIG the first that is there. */
function kubeconfigOf(options: DevOptions): string | undefined {
  if (options.kubeconfig !== undefined) {
    if (existsSync(options.kubeconfig)) return resolve(options.kubeconfig);
    throw new Problem('misconfigured', `There is no kubeconfig ${options.kubeconfig}.`);
  }
  const candidates = [...(variable('KUBECONFIG') ?? '').split(delimiter), join(homedir(), '.kube', 'config')];
  return candidates.find((file) => file !== '' && existsSync(file));
}

function print({ recipient, message }: Delivery): void {
  console.log(`\n[message to ${recipient}] ${message.text}`);
}

/** Until the App is installed, there is nothing to look at; the next look comes by itself. */
function showLook(thrown: unknown): void {
  const problem = asProblem(thrown);
  if (problem.code === 'not-found' || problem.code === 'forbidden')
    say(`not yet: ${problem.message} ${problem.fix ?? ''}`);
  else showProblem(problem);
}
