import { assess } from '../health/index.ts';
import { type Customisations, healthScriptOf } from '../spec/customisations.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import { HEALTH_ORDER, type Health } from '../spec/operation.ts';
import type { Engines, Outcome } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';

/** What judging objects by the user's own scripts needs. */
export interface HealthPorts {
  readonly customisations: Pick<Customisations, 'healthScripts'>;
  readonly engines: Pick<Engines, 'lua'>;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * How live objects are, in their order: by the user's script where `argocd-cm` has one for the kind (all scripts run in
 * one call; one that fails is Unknown, and says why), else by what is built in. Undefined for what has no health.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
 */
export async function healthsInOrder(
  objects: readonly Manifest[],
  { customisations, engines, at }: HealthPorts,
): Promise<readonly (Health | undefined)[]> {
  const scripted = objects.flatMap((object) => {
    const found = healthScriptOf(object, customisations);
    return found === undefined ? [] : [{ ...found, object }];
  });
  if (scripted.length === 0) return objects.map((object) => assess(object));
  const outcomes = await run(scripted, engines, at);
  const verdicts = new Map(scripted.map(({ object }, index) => [object, toldOf(object, verdictOf(outcomes[index]))]));
  return objects.map((object) => assess(object, verdicts.get(object)));
}

/** The same, by key; what has no health is not in it. */
export async function healthsOf(
  objects: readonly Manifest[],
  ports: HealthPorts,
): Promise<ReadonlyMap<string, Health>> {
  const healths = await healthsInOrder(objects, ports);
  return new Map(
    objects.flatMap((object, index) => {
      const health = healths[index];
      return health === undefined ? [] : [[keyText(keyOf(object)), health] as const];
    }),
  );
}

type Scripted = Parameters<Engines['lua']>[0];

/** A script whose endless loop uses up the patience of the engines fails for its objects, and takes no look down. */
async function run(items: Scripted, engines: Pick<Engines, 'lua'>, at: string): Promise<readonly Outcome<unknown>[]> {
  try {
    return await engines.lua(items, at);
  } catch (thrown) {
    const { message } = asProblem(thrown);
    return items.map(() => ({ ok: false, error: message }));
  }
}

/** A script that judges Secrets may say what is in them. */
function toldOf({ kind }: Manifest, verdict: Health | undefined): Health | undefined {
  if (kind !== 'Secret' || verdict === undefined || verdict.message === '') return verdict;
  return { ...verdict, message: 'What the health script says of a Secret is not shown, since it may hold its values' };
}

/** A script that says nothing of an object (`if … then return hs end`, and no more) has nothing against it, as in Argo CD. */
const NOTHING_SAID: Health = { status: 'Healthy', message: '' };

/** What a script returned, if it is a health; nothing, or an empty table, is none; anything else is Unknown. */
function verdictOf(outcome: Outcome<unknown> | undefined): Health | undefined {
  if (outcome === undefined) return undefined;
  if (outcome.ok ? isEmpty(outcome.value) : outcome.error.endsWith('from Lua script, not nil')) return NOTHING_SAID;
  if (!outcome.ok) return { status: 'Unknown', message: `The health script failed: ${outcome.error}` };
  const { status, message } = (outcome.value ?? {}) as { readonly status?: unknown; readonly message?: unknown };
  const known = HEALTH_ORDER.find((one) => one === status);
  if (known === undefined) {
    const said = typeof status === 'string' ? `the status ${JSON.stringify(status.slice(0, 80))}` : 'no status';
    return {
      status: 'Unknown',
      message: `The health script gave ${said}; a status is one of ${HEALTH_ORDER.join(', ')}`,
    };
  }
  return { status: known, message: typeof message === 'string' ? message : '' };
}

/** An empty table of Lua is an empty list, as JSON. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
