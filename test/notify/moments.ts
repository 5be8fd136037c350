import { afterAll } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { type Deliveries, deliveries, due, type Moment, plan } from '../../src/notify/deliveries.ts';
import { applicationFacts, type Known } from '../../src/notify/facts.ts';
import type { Application } from '../../src/spec/application.ts';
import type { ApplicationStatus, Operation } from '../../src/spec/operation.ts';
import { NO_NOTIFICATIONS } from '../../src/spec/parse-notifications.ts';
import type { Problem } from '../../src/spec/problem.ts';

export const REVISION = '4a8af6e0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6';

export const SHOP: Application = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shop', namespace: 'argocd', labels: { team: 'shop' } },
  spec: {
    project: 'production',
    source: { repoURL: 'https://github.com/acme/gitops', path: 'apps/shop', targetRevision: 'main' },
    destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
  },
};

export const HEALTHY: ApplicationStatus = {
  application: 'shop',
  sync: 'Synced',
  health: { status: 'Healthy', message: '' },
  healthSince: '2026-01-31T08:00:20.000Z',
  revisions: [REVISION],
  conditions: [],
  resources: [],
  drift: [],
  observedAt: '2026-01-31T08:00:30.000Z',
};

export const SUCCEEDED: Operation = {
  id: 'op-1',
  application: 'shop',
  revisions: [REVISION],
  definition: REVISION,
  trigger: { kind: 'command', actor: 'octocat' },
  phase: 'Succeeded',
  message: 'successfully synced',
  startedAt: '2026-01-31T08:00:00.000Z',
  finishedAt: '2026-01-31T08:00:30.000Z',
  deadline: '2026-01-31T09:00:00.000Z',
  attempt: 0,
  looks: 0,
  prune: false,
};

export function momentOf(known: Partial<Known>, more: Partial<Moment>): Moment {
  return {
    application: 'shop',
    facts: applicationFacts({ application: SHOP, status: HEALTHY, operation: SUCCEEDED, history: [], ...known }),
    settings: NO_NOTIFICATIONS,
    subscriptions: [],
    services: ['slack'],
    ...more,
  };
}

const engines = createEngines();
afterAll(() => engines.close());

export interface Told extends Deliveries {
  readonly over: readonly string[];
}

/** All three stages with the languages that the product uses. */
export async function tell(moment: Moment): Promise<Told> {
  const at = '2026-01-31T08:00:40.000Z';
  const planned = plan(moment);
  const found = due(moment, planned, await engines.expressions(planned.expressions, at));
  const { value, problems } = deliveries(moment, found, await engines.templates(found.templates, at));
  const all: readonly Problem[] = [...planned.problems, ...found.problems, ...problems];
  return { value, over: found.over, problems: all };
}
