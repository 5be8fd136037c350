import { stringify } from 'yaml';
import type { ShownPull } from '../../src/local/forge/people.ts';
import { createInstallation, type Installation, type InstallationOptions } from '../../src/local/installation.ts';

/** The control repository of the stories; its applications are rendered from it as well. */
export const REPO = 'acme/platform';
const REPO_URL = `https://github.com/${REPO}.git`;

/** The hidden line by which the one preview comment is known. */
const PREVIEW = '<!-- trimtab:preview -->';

/** Files of a repository or a change; null removes one. */
export type Files = Readonly<Record<string, string | null>>;

interface ApplicationOptions {
  /** Default `apps/<name>`. */
  readonly path?: string;
  readonly repoURL?: string;
  readonly server?: string;
  readonly project?: string;
  /** `syncPolicy.automated`; null leaves it out. Default: prune and selfHeal. */
  readonly automated?: Readonly<Record<string, boolean>> | null;
  readonly retry?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ignoreDifferences?: unknown;
}

/** An Application of the control repository: in its own namespace, named like it, told of in Slack. */
export function application(name: string, options: ApplicationOptions = {}): string {
  const { automated = { prune: true, selfHeal: true }, retry = { limit: 0 } } = options;
  return stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      annotations: {
        'notifications.argoproj.io/subscribe.on-sync-succeeded.slack': 'deploys',
        'notifications.argoproj.io/subscribe.on-sync-failed.slack': 'alerts',
        'notifications.argoproj.io/subscribe.on-drift.slack': 'alerts',
        ...options.annotations,
      },
      ...(options.finalizers === undefined ? {} : { finalizers: options.finalizers }),
    },
    spec: {
      project: options.project ?? 'default',
      source: { repoURL: options.repoURL ?? REPO_URL, targetRevision: 'HEAD', path: options.path ?? `apps/${name}` },
      destination: { server: options.server ?? 'https://kubernetes.default.svc', namespace: name },
      syncPolicy: {
        ...(automated === null ? {} : { automated }),
        syncOptions: ['CreateNamespace=true'],
        retry,
      },
      ...(options.ignoreDifferences === undefined ? {} : { ignoreDifferences: options.ignoreDifferences }),
    },
  });
}

/** A ConfigMap with one key. */
export function configMap(name: string, value: string): string {
  return stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });
}

/** A Deployment of one container. */
export function deployment(name: string, image: string, replicas = 1): string {
  const labels = { 'app.kubernetes.io/name': name };
  return stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    },
  });
}

/** A Job that Argo CD runs as a hook; the command `false` fails. */
export function hookJob(name: string, hook: string, command: readonly string[], annotations = {}): string {
  return stringify({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations: { 'argocd.argoproj.io/hook': hook, ...annotations } },
    spec: {
      backoffLimit: 0,
      template: {
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'ghcr.io/acme/tool:1.0.0', command }] },
      },
    },
  });
}

/** Slack's part of the settings, in Argo CD's format. */
export const NOTIFICATIONS: Files = {
  'argocd/notifications.yaml': stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-notifications-cm', namespace: 'argocd' },
    data: {
      'trigger.on-sync-succeeded': stringify([
        {
          when: "app.status.operationState != nil and app.status.operationState.phase in ['Succeeded']",
          oncePer: 'app.status.operationState?.syncResult?.revision',
          send: ['synced'],
        },
      ]),
      'trigger.on-sync-failed': stringify([
        {
          when: "app.status.operationState != nil and app.status.operationState.phase in ['Error', 'Failed']",
          oncePer: 'app.status.operationState?.syncResult?.revision',
          send: ['failed'],
        },
      ]),
      'template.synced': stringify({ message: '{{.app.metadata.name}} is synced' }),
      'template.failed': stringify({
        message: '{{.app.metadata.name}} failed to sync: {{.app.status.operationState.message}}',
      }),
    },
  }),
};

/** A running installation with a control repository, and what a reader sees of it. */
export interface Platform extends Installation {
  /** Alice commits to a branch of her own, and opens a pull request; resolves when trimtab has answered. */
  propose(changes: Files, options?: { readonly from?: string }): Promise<ShownPull>;
  /** Commits to `main`; resolves when all that follows is done. Answers the commit. */
  push(changes: Files): Promise<string>;
  /** The preview on a pull request. Throws unless there is exactly one. */
  preview(pull: number): string;
  /** What trimtab's check says of the pull request's head. Throws unless there is exactly one. */
  check(pull: number): ReturnType<Installation['forge']['checks']>[number];
  /** Somebody comments; answers what trimtab answered. Throws unless there is exactly one answer. */
  ask(
    pull: number,
    login: string,
    text: string,
  ): Promise<{ readonly text: string; readonly reactions: readonly string[] }>;
  /** Somebody changes an object of the cluster by hand, or a controller does. */
  edit(path: string, patch: unknown, manager?: string): Promise<void>;
  /** What Slack was told of an application, oldest first. */
  said(application: string): readonly string[];
}

/** Starts an installation over a control repository with these files. The caller closes it. */
export async function startPlatform(files: Files, options: Partial<InstallationOptions> = {}): Promise<Platform> {
  const installation = await createInstallation({
    controlRepository: REPO,
    channels: ['deploys', 'alerts'],
    delayScale: 0.05,
    ...options,
  });
  const { forge, cluster, slack, settled } = installation;
  await forge.createRepository({ owner: 'acme', name: 'platform', files: { ...NOTIFICATIONS, ...files } });
  await settled();
  let branches = 0;
  const one = <T>(found: readonly T[], what: string): T => {
    const [first, ...more] = found;
    if (first === undefined || more.length > 0) throw new Error(`Expected one ${what}, found ${found.length}.`);
    return first;
  };
  return {
    ...installation,
    propose: async (changes, { from = 'main' } = {}) => {
      branches += 1;
      const head = `change-${branches}`;
      await forge.commit(REPO, { branch: head, from, message: `Change ${branches}`, changes });
      const pull = await forge.openPull(REPO, { title: `Change ${branches}`, head, user: 'alice' });
      await settled();
      return pull;
    },
    push: async (changes) => {
      const sha = await forge.commit(REPO, { branch: 'main', message: 'Change', changes });
      await settled();
      return sha;
    },
    preview: (pull) =>
      one(
        forge.comments(REPO, pull).filter((each) => each.body.includes(PREVIEW)),
        `preview on #${pull}`,
      ).body,
    check: (pull) => {
      const { headSha } = forge.pull(REPO, pull);
      return one(
        forge.checks(REPO, headSha).filter((each) => each.name === 'trimtab'),
        `check of #${pull}`,
      );
    },
    ask: async (pull, login, text) => {
      const id = await forge.comment(REPO, pull, login, text);
      await settled();
      const all = forge.comments(REPO, pull);
      const answer = one(
        all.filter((each) => each.body.includes(`<!-- trimtab:answer:${id} -->`)),
        `answer to ${text}`,
      );
      return { text: answer.body, reactions: all.find((each) => each.id === id)?.reactions ?? [] };
    },
    edit: async (path, patch, manager = 'kubectl-edit') => {
      const answer = await fetch(`${cluster.url}${path}?fieldManager=${manager}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify(patch),
      });
      if (!answer.ok) throw new Error(`The edit of ${path} was refused: ${await answer.text()}`);
    },
    said: (name) =>
      slack
        .messages()
        .map((message) => message.text)
        .filter((text) => text.includes(name)),
  };
}
