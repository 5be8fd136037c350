import type { NotificationTemplate, TriggerCondition } from '../spec/settings.ts';

const OPERATION = 'app.status.operationState != nil and app.status.operationState.phase in';

/** The revision of the last sync: the same state is told once a revision. */
const PER_REVISION = 'app.status.operationState?.syncResult?.revision';

/**
 * Healthy, and either became so no earlier than a minute before the sync ended, or was so before it began: a health that
 * changed while the sync ran may still be that of the old pods.
 */
const HEALTHY_AFTER_SYNC =
  "app.status.health.status == 'Healthy' and " +
  '(!time.Parse(app.status.health.lastTransitionTime).Add(1 * time.Minute).Before(time.Parse(app.status.operationState.finishedAt))' +
  ' or time.Parse(app.status.health.lastTransitionTime).Before(time.Parse(app.status.operationState.startedAt)))';

/**
 * The triggers that Argo CD ships, under their names, and `on-drift`, which is ours; used where somebody subscribes and
 * the ConfigMap lacks them.
 */
export const CATALOG_TRIGGERS: Readonly<Record<string, readonly TriggerCondition[]>> = {
  'on-created': [{ when: 'true', oncePer: 'app.metadata.name', send: ['app-created'] }],
  'on-deleted': [
    { when: 'app.metadata.deletionTimestamp != nil', oncePer: 'app.metadata.name', send: ['app-deleted'] },
  ],
  'on-deployed': [
    { when: `${OPERATION} ['Succeeded'] and ${HEALTHY_AFTER_SYNC}`, oncePer: PER_REVISION, send: ['app-deployed'] },
  ],
  'on-drift': [
    { when: 'any(app.status.drift, not .left)', oncePer: 'app.status.driftSince', send: ['app-drift'] },
    { when: 'any(app.status.drift, .left)', oncePer: 'app.status.driftLeftSince', send: ['app-drift-fight'] },
  ],
  'on-health-degraded': [
    { when: "app.status.health.status == 'Degraded'", oncePer: PER_REVISION, send: ['app-health-degraded'] },
  ],
  'on-sync-failed': [{ when: `${OPERATION} ['Error', 'Failed']`, oncePer: PER_REVISION, send: ['app-sync-failed'] }],
  'on-sync-running': [{ when: `${OPERATION} ['Running']`, oncePer: PER_REVISION, send: ['app-sync-running'] }],
  'on-sync-status-unknown': [
    { when: "app.status.sync.status == 'Unknown'", oncePer: PER_REVISION, send: ['app-sync-status-unknown'] },
  ],
  'on-sync-succeeded': [{ when: `${OPERATION} ['Succeeded']`, oncePer: PER_REVISION, send: ['app-sync-succeeded'] }],
};

const NAME = '*{{.app.metadata.name}}*';
const REVISION = '{{with .app.status.operationState}}{{with .syncResult.revision}} at `{{. | trunc 7}}`{{end}}{{end}}';
const MESSAGE = '{{with .app.status.operationState}}{{with .message}}: {{.}}{{end}}{{end}}';

/** A message names so many changes; the others are counted. */
const MOST_LINES = 20;

const textOf = (side: 'live' | 'desired'): string =>
  `{{if kindIs "invalid" .${side}}}nothing{{else}}{{.${side} | toJson | trunc 120}}{{end}}`;

/** One change: who and when as managedFields say, and where they don't, since when it is known. */
const DRIFT =
  '{{with $one}}{{.resource}} ' +
  '{{if eq .is "gone"}}is gone from the cluster{{else if eq .is "extra"}}is in the cluster, and not in Git{{else}}' +
  `\`{{.field}}\`: ${textOf('live')} in the cluster, ${textOf('desired')} in Git{{end}} ` +
  '({{if .manager}}{{.manager}}{{with .at}}, {{.}}{{end}}{{else}}since {{.since}}{{end}}){{end}}';

/** Templates under Argo CD's names, in words of our own; used as the triggers are. */
export const CATALOG_TEMPLATES: Readonly<Record<string, NotificationTemplate>> = {
  'app-created': { message: `${NAME} is new, in project {{.app.spec.project}}.` },
  'app-deleted': { message: `${NAME} is being deleted.` },
  'app-deployed': { message: `:rocket: ${NAME} is deployed${REVISION}: synced and healthy.` },
  'app-drift': {
    message:
      `:mag: ${NAME} drifted from Git` +
      `{{range $nth, $one := .app.status.drift}}{{if lt $nth ${MOST_LINES}}}\n• ${DRIFT}{{end}}{{end}}` +
      `{{$all := len .app.status.drift}}{{if gt $all ${MOST_LINES}}}\n… and {{sub $all ${MOST_LINES}}} more{{end}}`,
  },
  'app-drift-fight': {
    message:
      `:crossed_swords: ${NAME} is left as it is` +
      '{{range .app.status.conditions}}{{if eq .type "SelfHealWarning"}}: {{.message}}{{end}}{{end}}',
  },
  'app-health-degraded': {
    message: `:warning: ${NAME} is degraded${REVISION}{{with .app.status.health.message}}: {{.}}{{end}}`,
  },
  'app-sync-failed': { message: `:x: ${NAME} failed to sync${REVISION}${MESSAGE}` },
  'app-sync-running': { message: `:hourglass_flowing_sand: ${NAME} is syncing${REVISION}.` },
  'app-sync-status-unknown': {
    message: `:grey_question: ${NAME} can't be compared with Git{{range .app.status.conditions}}\n• {{.message}}{{end}}`,
  },
  'app-sync-succeeded': { message: `:white_check_mark: ${NAME} is synced${REVISION}.` },
};
