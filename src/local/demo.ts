import type { Manifest } from '../spec/manifest.ts';
import { brokenChanges, releaseChanges, releaseFixes } from './demo-changes.ts';
import { readExamples } from './examples.ts';
import { createInstallation, type Installation } from './installation.ts';
import type { Story } from './story.ts';

const REPO = 'acme/platform';
const [OWNER = '', NAME = ''] = REPO.split('/');
const PREVIEW = '<!-- trimtab:preview -->';

/**
 * Plays a day of a small team's repository through the running functions, and checks each step of it. Answers the
 * installation, still running; `port` is that of the embedded GitHub (0 for any free one). Throws Problem that says which
 * step went wrong, and what was expected.
 */
export async function playDemo(story: Story, port = 0): Promise<Installation> {
  const trimtab = await createInstallation({
    controlRepository: REPO,
    channels: ['deploys', 'alerts'],
    delayScale: 0.1,
    forge: { port },
  });
  try {
    await install(story, trimtab);
    const pull = await openPullRequest(story, trimtab);
    await pushAgain(story, trimtab, pull);
    await merge(story, trimtab, pull);
    await drift(story, trimtab);
    await rollback(story, trimtab, pull);
    await breakChart(story, trimtab);
    return trimtab;
  } catch (thrown) {
    await trimtab.close();
    throw thrown;
  }
}

async function install(story: Story, { forge, cluster, schedule, store }: Installation): Promise<void> {
  story.step('A repository with four applications, and an empty cluster');
  await forge.createRepository({ owner: OWNER, name: NAME, files: await readExamples() });
  story.says(`${REPO} holds examples/; trimtab's GitHub App is installed on it. The schedule runs for the first time.`);
  await schedule();
  const statuses = await store.statuses.all();
  story.shows('The applications', table(statuses.map((one) => [one.application, one.sync, one.health.status])));
  story.expects(
    statuses.length === 4 && statuses.every((one) => one.sync === 'Synced' && one.health.status === 'Healthy'),
    'the four applications are Synced and Healthy',
  );
  story.shows('The cluster', workloads(cluster.all('Deployment')));
}

async function openPullRequest(story: Story, { forge, settled }: Installation): Promise<number> {
  story.step('Alice opens a pull request: new payments values, a new storefront base, a new application');
  const files = await releaseChanges();
  await forge.commit(REPO, { branch: 'release-42', from: 'main', message: 'Release 42', changes: files });
  const { number } = await forge.openPull(REPO, { title: 'Release 42', head: 'release-42', user: 'alice' });
  await settled();
  const [comment, ...more] = previews(forge.comments(REPO, number));
  story.expects(comment !== undefined && more.length === 0, 'one comment by trimtab[bot] is on the pull request');
  const body = comment?.body ?? '';
  story.shows(`Comment by ${comment?.author} on #${number}`, body);
  story.expects(
    ['payments', 'storefront-staging', 'storefront-production', 'mailer'].every((name) => body.includes(name)),
    'it has the four applications that the change touches, and only those',
  );
  story.expects(!body.includes('`status-page`'), 'the untouched status-page is not in it');
  story.expects(body.includes('did you mean') && body.includes('targetRevision'), 'it warns of the misspelt field');
  story.expects(body.includes('storefront-robots'), 'it says what would be pruned');
  story.expects(
    !body.includes('tr0ub4dor') && !body.includes('correct-horse') && /password: •\w+•/.test(body),
    'the changed password shows as changed, and not what it is',
  );
  return number;
}

async function pushAgain(story: Story, { forge, settled }: Installation, pull: number): Promise<void> {
  story.step('Alice mends the typo and pushes again');
  const [before] = previews(forge.comments(REPO, pull));
  await forge.commit(REPO, {
    branch: 'release-42',
    message: 'Fix the typo, more memory',
    changes: await releaseFixes(),
  });
  await settled();
  const [after, ...more] = previews(forge.comments(REPO, pull));
  story.expects(more.length === 0 && before?.id === after?.id, 'it is still the same one comment');
  story.expects(after?.body.includes('512Mi') === true, 'it now shows the new memory limit');
  story.expects(after?.body.includes('did you mean') === false, 'the warning is gone');
  story.shows('The summary of the updated comment', summary(after?.body ?? ''));
  const head = await forge.resolve(REPO, 'release-42');
  const check = forge.checks(REPO, head).find((one) => one.name === 'trimtab');
  story.expects(check?.conclusion === 'success', `the check says: ${check?.title}`);
}

async function merge(story: Story, installation: Installation, pull: number): Promise<void> {
  const { forge, cluster, slack, store, settled } = installation;
  story.step('Bob merges it');
  cluster.requests.length = 0;
  const said = slack.messages().length;
  await forge.merge(REPO, pull, 'bob');
  await settled();
  const order = appliedIn(cluster.requests, 'payments');
  story.shows('What trimtab sent for payments, in order', order.join('\n'));
  story.expects(
    inOrder(order, ['POST', 'secrets/', 'deployments/', 'services/', 'ingresses/']) && order.filter(isJob).length === 2,
    'the migration ran first, then the waves in order, then the smoke test',
  );
  const statuses = await store.statuses.all();
  story.shows('The applications', table(statuses.map((one) => [one.application, one.sync, one.health.status])));
  story.expects(
    statuses.length === 5 && statuses.every((one) => one.sync === 'Synced' && one.health.status === 'Healthy'),
    'all five applications are Synced and Healthy',
  );
  story.shows('The cluster', workloads(cluster.all('Deployment')));
  story.expects(image(cluster.all('Deployment'), 'payments') === 'ghcr.io/acme/payments:2.8.0', 'payments runs 2.8.0');
  story.expects(
    cluster.all('ConfigMap').every((one) => nameOf(one) !== 'storefront-robots'),
    'robots is pruned',
  );
  const sha = await forge.resolve(REPO, 'main');
  const deployments = forge.deployments(REPO).filter((one) => one.sha === sha);
  story.shows('Deployments at GitHub', table(deployments.map((one) => [one.environment, one.state, one.description])));
  story.expects(
    deployments.length === 4 && deployments.every((one) => one.state === 'success'),
    'GitHub shows a Deployment for each of the four that were synced',
  );
  const messages = slack.messages().slice(said);
  story.shows('Slack', messages.map((one) => `#${one.channel}  ${one.text}`).join('\n'));
  story.expects(messages.length === 4, 'Slack got one message for each');
}

async function drift(story: Story, { cluster, slack, schedule }: Installation): Promise<void> {
  story.step('Somebody scales a Deployment by hand');
  const path = '/apis/apps/v1/namespaces/storefront-production/deployments/storefront';
  const said = slack.messages().length;
  const answer = await fetch(`${cluster.url}${path}?fieldManager=kubectl-edit`, {
    method: 'PATCH',
    headers: {
      'content-type': 'application/merge-patch+json',
      ...(cluster.token === undefined ? {} : { authorization: `Bearer ${cluster.token}` }),
    },
    body: JSON.stringify({ spec: { replicas: 7 } }),
  });
  story.expects(answer.ok, 'the live Deployment storefront-production/storefront has 7 replicas');
  await schedule();
  const message = slack
    .messages()
    .slice(said)
    .find((one) => one.text.includes('drifted'));
  story.shows('Slack, after the next scheduled look', `#${message?.channel}  ${message?.text}`);
  const words = ['spec.replicas', '7', '3', 'kubectl-edit'];
  story.expects(
    words.every((word) => message?.text.includes(word) === true),
    'it says which field, what it was and should be, who did it and when',
  );
  const replicas = field(cluster.get(path), ['spec', 'replicas']);
  story.expects(replicas === 3, 'selfHeal is on: it has 3 replicas again');
}

async function rollback(story: Story, installation: Installation, pull: number): Promise<void> {
  const { forge, cluster, store, settled } = installation;
  story.step('Bob comments /rollback on the merged pull request');
  await forge.comment(REPO, pull, 'bob', '/rollback');
  await settled();
  const revert = forge.pulls(REPO).find((one) => one.number !== pull && one.state === 'open');
  story.expects(revert !== undefined, `a pull request is open: ${revert?.title}`);
  const number = revert?.number ?? 0;
  const [preview] = previews(forge.comments(REPO, number));
  story.shows(`The summary of its preview, on #${number}`, summary(preview?.body ?? ''));
  story.expects(preview?.body.includes('payments:2.7.1') === true, 'its preview shows what comes back');
  await forge.merge(REPO, number, 'bob');
  await settled();
  story.shows('The cluster, after the merge', workloads(cluster.all('Deployment')));
  story.expects(image(cluster.all('Deployment'), 'payments') === 'ghcr.io/acme/payments:2.7.1', 'payments runs 2.7.1');
  story.expects(
    cluster.all('Deployment').every((one) => nameOf(one) !== 'mailer'),
    'mailer is gone again',
  );
  story.expects(
    cluster.all('ConfigMap').some((one) => nameOf(one) === 'storefront-robots'),
    'robots is back',
  );
  const statuses = await store.statuses.all();
  story.expects(
    statuses.length === 4 && statuses.every((one) => one.sync === 'Synced'),
    'the four applications are Synced',
  );
  await forge.comment(REPO, pull, 'carol', '/history payments');
  await settled();
  const answer = forge.comments(REPO, pull).find((one) => one.body.includes('History of'));
  story.shows(`The answer to /history payments`, answer?.body ?? '');
  const merged = (await store.histories.list('payments', 2)).flatMap((entry) => entry.revisions);
  story.expects(
    merged.length === 2 && merged.every((sha) => answer?.body.includes(sha.slice(0, 7)) === true),
    'it has both revisions',
  );
}

async function breakChart(story: Story, { forge, settled }: Installation): Promise<void> {
  story.step('Carol opens a pull request whose chart does not render');
  const files = await brokenChanges();
  await forge.commit(REPO, { branch: 'autoscale', from: 'main', message: 'Autoscale', changes: files });
  const { number } = await forge.openPull(REPO, { title: 'Autoscale payments', head: 'autoscale', user: 'alice' });
  await settled();
  const [comment] = previews(forge.comments(REPO, number));
  const body = comment?.body ?? '';
  story.shows(`Comment by ${comment?.author} on #${number}`, body);
  story.expects(
    body.includes('charts/payments/templates/deployment.yaml:11'),
    'it says which application, which file and which line',
  );
  story.expects(body.includes('next.example.com'), 'the other application of the pull request is previewed');
  const check = forge.checks(REPO, await forge.resolve(REPO, 'autoscale')).find((one) => one.name === 'trimtab');
  story.expects(check?.conclusion === 'failure', `the check fails: ${check?.title}`);
  const [annotation] = check?.annotations ?? [];
  story.expects(
    annotation?.path === 'charts/payments/templates/deployment.yaml' && annotation.line === 11,
    'with an annotation at the line',
  );
}

function previews<Comment extends { readonly body: string }>(comments: readonly Comment[]): readonly Comment[] {
  return comments.filter((comment) => comment.body.includes(PREVIEW));
}

/** The head line and the table of a preview comment. */
function summary(body: string): string {
  return body
    .split('\n')
    .filter((line) => line.startsWith('###') || line.startsWith('|'))
    .filter((line) => !line.startsWith('####'))
    .join('\n');
}

/** What was written in one namespace, by the requests that the API server got. */
function appliedIn(requests: Installation['cluster']['requests'], namespace: string): readonly string[] {
  return requests
    .filter(
      ({ method, path, query }) =>
        method !== 'GET' && path.includes(`/namespaces/${namespace}`) && !query.includes('dryRun'),
    )
    .map(({ method, path }) => `${method.padEnd(6)} ${path}`);
}

function isJob(line: string): boolean {
  return line.startsWith('POST') && line.endsWith('/jobs');
}

function inOrder(lines: readonly string[], words: readonly string[]): boolean {
  const places = words.map((word) => lines.findIndex((line) => line.includes(word)));
  return places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1));
}

function workloads(deployments: readonly unknown[]): string {
  return table(
    deployments.map((one) => {
      const { metadata } = one as Manifest;
      const ready = field(one, ['status', 'readyReplicas']) ?? 0;
      return [
        `${metadata.namespace}/${metadata.name}`,
        `${ready}/${field(one, ['spec', 'replicas'])} ready`,
        imageOf(one),
      ];
    }),
  );
}

function image(deployments: readonly unknown[], name: string): string {
  return imageOf(deployments.find((one) => nameOf(one) === name));
}

function imageOf(deployment: unknown): string {
  return String(field(deployment, ['spec', 'template', 'spec', 'containers', '0', 'image']));
}

function nameOf(object: unknown): unknown {
  return field(object, ['metadata', 'name']);
}

function field(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

function table(rows: readonly (readonly unknown[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((value, column) => String(value).padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
