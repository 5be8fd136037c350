import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '../../spec/problem.ts';
import { type Addresses, type Json, showUser } from './shapes/account.ts';
import { showRepository } from './shapes/repository.ts';
import { type App, type Installation, nodeId, type Repository, type State, type User } from './state.ts';

/** One webhook delivery, as the app's settings page lists it. */
export interface WebhookDelivery {
  /** `X-GitHub-Delivery`; a redelivery has the same. */
  readonly id: string;
  readonly event: string;
  readonly action: string | undefined;
  readonly payload: Json;
  readonly redelivery: boolean;
  /** What the receiver answered; undefined while it is on its way or when nobody answered. */
  status: number | undefined;
}

export interface Webhooks {
  /** Tells every app that is installed on the repository and subscribed to the event. Returns at once. */
  emit(repo: Repository, event: string, action: string | undefined, details: Json, sender: User): void;
  /** Tells an app something about its installation itself (`installation`, `installation_repositories`). */
  emitInstallation(installation: Installation, event: string, action: string, details: Json): void;
  /** The first delivery of every webhook: `ping`. */
  ping(app: App): void;
  /** Sends a delivery again, with the same id. Throws Problem `not-found` for an unknown id. */
  redeliver(id: string): Promise<WebhookDelivery>;
  /** All deliveries, oldest first. */
  deliveries(): readonly WebhookDelivery[];
  /** Resolves when everything that was emitted has been answered or given up. */
  idle(): Promise<void>;
}

/** GitHub gives a receiver ten seconds. https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks */
const TIMEOUT_MS = 10_000;
/** Events that every app gets, subscribed or not. */
const ALWAYS = new Set(['ping', 'installation', 'installation_repositories']);

/**
 * Signed webhook deliveries, one after the other in the order of what happened. GitHub does not promise that order;
 * here it makes what is seen the same every time.
 */
export function createWebhooks(state: State, at: Addresses): Webhooks {
  const sent: { readonly delivery: WebhookDelivery; readonly app: App; readonly body: string }[] = [];
  let last: Promise<void> = Promise.resolve();

  function enqueue(app: App, event: string, action: string | undefined, payload: Json): void {
    if (app.webhookUrl === undefined || !(ALWAYS.has(event) || app.events.includes(event))) return;
    const delivery: WebhookDelivery = {
      id: randomUUID(),
      event,
      action,
      payload,
      redelivery: false,
      status: undefined,
    };
    const entry = { delivery, app, body: JSON.stringify(payload) };
    sent.push(entry);
    last = last.then(() => deliver(entry.app, entry.delivery, entry.body));
  }

  return {
    emit(repo, event, action, details, sender) {
      for (const installation of state.installations) {
        if (!installation.repositories.has(repo)) continue;
        enqueue(installation.app, event, action, {
          ...(action === undefined ? {} : { action }),
          repository: showRepository(at, repo),
          ...details,
          sender: showUser(at, sender),
          installation: {
            id: installation.id,
            node_id: nodeId('MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u', installation.id),
          },
        });
      }
    },
    emitInstallation(installation, event, action, details) {
      const sender = showUser(at, installation.account);
      enqueue(installation.app, event, action, { action, ...details, sender });
    },
    ping(app) {
      const config = { content_type: 'json', insecure_ssl: '0', url: app.webhookUrl };
      const hook = { type: 'App', id: app.id, name: 'web', active: true, events: app.events, config, app_id: app.id };
      enqueue(app, 'ping', undefined, { zen: 'Keep it logically awesome.', hook_id: app.id, hook });
    },
    async redeliver(id) {
      const entry = sent.find((one) => one.delivery.id === id);
      if (entry === undefined) throw new Problem('not-found', `There is no webhook delivery ${id}.`);
      const delivery: WebhookDelivery = { ...entry.delivery, redelivery: true, status: undefined };
      const again = { ...entry, delivery };
      sent.push(again);
      last = last.then(() => deliver(again.app, again.delivery, again.body));
      await last;
      return delivery;
    },
    deliveries: () => sent.map((entry) => entry.delivery),
    async idle() {
      for (let seen: Promise<void> | undefined; seen !== last; ) {
        seen = last;
        await seen;
      }
    },
  };
}

/** Sends one delivery. What the receiver does wrong is kept in `status` and stops nothing. */
async function deliver(app: App, delivery: WebhookDelivery, body: string): Promise<void> {
  if (app.webhookUrl === undefined) return;
  const sign = (algorithm: string) => createHmac(algorithm, app.webhookSecret).update(body).digest('hex');
  const giveUp = new AbortController();
  const timer = wait(TIMEOUT_MS, undefined, { signal: giveUp.signal }).then(
    () => giveUp.abort(),
    () => undefined,
  );
  try {
    const answer = await fetch(app.webhookUrl, {
      method: 'POST',
      headers: {
        accept: '*/*',
        'content-type': 'application/json',
        'user-agent': 'GitHub-Hookshot/7f3a1c2',
        'x-github-delivery': delivery.id,
        'x-github-event': delivery.event,
        'x-github-hook-id': String(app.id),
        'x-github-hook-installation-target-id': String(app.id),
        'x-github-hook-installation-target-type': 'integration',
        'x-hub-signature': `sha1=${sign('sha1')}`,
        'x-hub-signature-256': `sha256=${sign('sha256')}`,
      },
      body,
      signal: giveUp.signal,
    });
    delivery.status = answer.status;
    await answer.arrayBuffer();
  } catch {
    delivery.status = undefined;
  } finally {
    giveUp.abort();
    await timer;
  }
}
