import type { Manifest } from '../spec/manifest.ts';
import type { Health } from '../spec/operation.ts';
import { said } from './by-conditions.ts';
import { wordHealth } from './by-word.ts';
import { crossplaneHealth } from './custom/crossplane.ts';
import { attachedHealth } from './custom/gateway-api.ts';
import { BEHIND, conditionsOf, type Fields, isBehind, mapAt, mapsAt, textAt } from './fields.ts';
import { degraded, healthy, progressing, suspended } from './verdicts.ts';

/** Conditions that are True while something is wrong for good. False, they say that all is well. */
const WRONG =
  /^(Stalled|\w*Degraded|ErrorOccurred|Invalid|(\w*\.)?Terminal)$|^(\w*(Reconcil|Sync|Appl|Install|Updat|Upgrad|Creat|Deploy|Config|Replica)\w*)?(Failed|Failure|Error|Errored)$/;

/** Conditions that are True while nothing is done on purpose. */
const PAUSED = /^((Reconcil\w*)?(Paused|Suspended)|Hibernat(ed|ion)|Stopped)$/;

/** Conditions that are True while work goes on. */
const MOVING = /^(Reconciling|\w*(Updating|Upgrading|Creating|Provisioning|Installing|Deploying))$/;

/** Conditions that sum up that what was asked for is there: the first of these that a kind keeps speaks for it. */
const REACHED: readonly RegExp[] = [
  /^Ready$/,
  /^(Available|Healthy|Succeeded|Complete|Completed|Established|\w*\.ResourceSynced)$/,
  /^(Accepted|ResolvedRefs|Programmed|Synced|Valid|Applied|ResourcesApplied|Deployed|Installed|Provisioned|Configured|Reconciled|ReconcileSuccess)$/,
];

/**
 * How an object of a kind is that nobody told us of, by the conventions that most controllers keep: the status is of the
 * newest generation; what is Stalled or Failed stays so, what is Reconciling or not yet Ready will pass. Where no
 * condition sums it up, one word of the status does (`phase`, `state`). A condition that is not known by its name says
 * nothing, since half of them are good when True and half when False. What keeps Synced and Ready is Crossplane's,
 * whatever its group: compositions have kinds of their own. Undefined where a kind has no status (a ConfigMap is there,
 * or it is not).
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
 */
export function conventionalHealth(live: Manifest): Health | undefined {
  const status = mapAt(live, 'status');
  if (Object.keys(status).length === 0) return undefined;
  if (isBehind(live)) return progressing(BEHIND);
  const conditions = conditionsOf(live);
  const wrong = whereTrue(conditions, WRONG);
  if (wrong !== undefined) return degraded(told(wrong));
  // Cluster API's word for what needs a person, which its providers took over
  const failure = textAt(status, 'failureMessage');
  if (failure !== '') return degraded(failure);
  const paused = whereTrue(conditions, PAUSED);
  if (paused !== undefined) return suspended(told(paused));
  const moving = whereTrue(conditions, MOVING);
  if (moving !== undefined) return progressing(told(moving));
  if (['parents', 'ancestors'].some((field) => mapsAt(status, field).length > 0)) return attachedHealth(live);
  const isCrossplane = ['Ready', 'Synced'].every((type) => conditions.some((condition) => condition['type'] === type));
  if (isCrossplane) return crossplaneHealth(live);
  return reachedHealth(live, conditions) ?? wordHealth(status) ?? movingHealth(conditions) ?? flaggedHealth(status);
}

function whereTrue(conditions: readonly Fields[], types: RegExp): Fields | undefined {
  return conditions.find((condition) => condition['status'] === 'True' && types.test(textAt(condition, 'type')));
}

/** By the conditions of the first kind that the object has; undefined where it has none of them. */
function reachedHealth(live: Manifest, conditions: readonly Fields[]): Health | undefined {
  const sums = REACHED.map((types) => conditions.filter((condition) => types.test(textAt(condition, 'type')))).find(
    (found) => found.length > 0,
  );
  const [first] = sums ?? [];
  if (sums === undefined || first === undefined) return undefined;
  if (sums.some((condition) => isBehind(live, condition))) return progressing(BEHIND);
  const missing = sums.find((condition) => condition['status'] !== 'True');
  if (missing === undefined) return healthyUnlessSaid(live, first);
  return missing['status'] === 'False' && isForGood(missing) ? degraded(told(missing)) : progressing(told(missing));
}

/** Severity is Cluster API's word for what no waiting mends; of what runs once, Succeeded is Unknown until it is known. */
function isForGood({ type, severity }: Fields): boolean {
  return severity === 'Error' || type === 'Succeeded';
}

/** An old Ready may stand beside a word that says that it failed since. */
function healthyUnlessSaid(live: Manifest, reached: Fields): Health {
  const word = reached['type'] === 'Ready' ? undefined : wordHealth(mapAt(live, 'status'));
  return word === undefined || word.status === 'Healthy' ? healthy(said(reached)) : word;
}

/** `Progressing` alone: a Deployment keeps it True when it has rolled out, an operator only until then. */
function movingHealth(conditions: readonly Fields[]): Health | undefined {
  const moving = whereTrue(conditions, /^Progressing$/);
  if (moving === undefined || /Available$|Complete$/.test(textAt(moving, 'reason'))) return undefined;
  return progressing(told(moving));
}

/** The plainest way to say it: `ready: false`. */
function flaggedHealth(status: Fields): Health {
  const flag = ['ready', 'healthy', 'available', 'valid'].find((field) => status[field] === false);
  return flag === undefined ? healthy() : progressing(textAt(status, 'error') || `status.${flag} is false`);
}

function told(condition: Fields): string {
  return said(condition) || textAt(condition, 'type');
}
