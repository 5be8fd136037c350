import { applicationFacts, deliveries, due, plan, subscriptionsOf } from '../notify/index.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { NotifyJob } from '../spec/event.ts';
import type { ApplicationStatus, Operation } from '../spec/operation.ts';
import type { Channel, Clock, Engines, Queue, Store } from '../spec/ports.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import { historyLength } from './start-operation.ts';

export interface TellPorts {
  readonly store: Pick<Store, 'histories' | 'seen' | 'forget'>;
  readonly queue: Queue;
  readonly engines: Pick<Engines, 'expressions' | 'templates'>;
  readonly clock: Clock;
}

/** Services that there is a channel for. */
const SERVICES = ['slack'];

/** A message is remembered as sent for this long; after it, the same may be said again. */
const REMEMBER_SECONDS = 90 * 24 * 3600;

/** While one function sends a message, no other does; if it dies, another may after this long. */
const SENDING_SECONDS = 60;

/**
 * Finds out who is to hear of an application as it is now, and queues what was not said before. What is wrong with a
 * trigger or template is told to the function's log, and loses no other message.
 */
export async function tell(
  application: Application,
  status: ApplicationStatus,
  operation: Operation | undefined,
  catalogue: Catalogue,
  ports: TellPorts,
): Promise<void> {
  const settings = catalogue.settings.notifications;
  const project = catalogue.projects.find((one) => one.value.metadata.name === application.spec.project);
  const subscribed = subscriptionsOf(
    { metadata: application.metadata, where: { application: applicationName(application) } },
    project && { metadata: project.value.metadata, where: project.where },
    settings,
  );
  if (subscribed.value.length === 0) return complain(subscribed.problems);
  const name = applicationName(application);
  const history = await ports.store.histories.list(name, historyLength(application));
  const moment = {
    application: name,
    facts: applicationFacts({ application, status, history, ...(operation === undefined ? {} : { operation }) }),
    project: project?.value,
    settings,
    subscriptions: subscribed.value,
    services: SERVICES,
  };
  const planned = plan(moment);
  const at = ports.clock();
  const found = due(moment, planned, await ports.engines.expressions(planned.expressions, at));
  await Promise.all(found.over.map((once) => ports.store.forget(once)));
  const said = await Promise.all(found.messages.map((message) => ports.store.seen(message.once)));
  const wanted = new Set(found.messages.filter((_, index) => said[index] !== true).map((message) => message.once));
  const texts = wanted.size === 0 ? [] : await ports.engines.templates(found.templates, at);
  const made = deliveries(moment, wanted.size === 0 ? { ...found, messages: [] } : found, texts);
  for (const delivery of made.value.filter(({ once }) => wanted.has(once))) {
    await ports.queue.send({ kind: 'notify', delivery });
  }
  complain([...subscribed.problems, ...planned.problems, ...found.problems, ...made.problems]);
}

/** Where a person who looks after the installation reads; the same line goes to the laptop's terminal. */
function complain(problems: readonly Problem[]): void {
  for (const { code, message, where } of problems) {
    console.warn(JSON.stringify({ level: 'warn', code, message, where }));
  }
}

/**
 * Sends one message, once: a job that comes again, or beside another for the same message, sends nothing. A function
 * that dies between sending and remembering may send twice, never not at all. What can't be delivered (no such channel)
 * is remembered as well, so that it is complained of once and not every few minutes.
 */
export async function deliver(
  { delivery }: NotifyJob,
  ports: { readonly store: Pick<Store, 'seen' | 'once' | 'forget'>; readonly channel: Channel },
): Promise<void> {
  const { once } = delivery;
  if (await ports.store.seen(once)) return;
  const sending = `sending:${once}`;
  if (!(await ports.store.once(sending, SENDING_SECONDS))) return;
  try {
    await ports.channel.send(delivery);
  } catch (thrown) {
    const { code } = asProblem(thrown);
    if (code === 'unavailable' || code === 'rate-limited') await ports.store.forget(sending);
    else await ports.store.once(once, REMEMBER_SECONDS);
    throw thrown;
  }
  await ports.store.once(once, REMEMBER_SECONDS);
}
