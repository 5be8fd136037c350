import type { FieldPath, ManifestDocument } from './documents.ts';
import { goDuration } from './duration.ts';
import { asProblem, Problem } from './problem.ts';
import type { AppProject, DestinationServiceAccount, ProjectRole, SyncWindow } from './project.ts';
import { wrongPatterns } from './project-patterns.ts';
import { plainSchedule } from './schedule.ts';
import { keyIdOf } from './signature.ts';
import { zoneOffset } from './time-zone.ts';

/** What an entry is told: where in the project, what is wrong, what to do. */
type Found = { readonly path: FieldPath; readonly message: string; readonly fix: string };

/**
 * Entries of a project that Argo CD's API would refuse: windows that can't be read or match nothing, roles and policies of
 * another form, service accounts without a name, the same entry twice. Problems `misconfigured` with file and line.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
 */
export function projectWarnings({ metadata, spec }: AppProject, document: ManifestDocument): readonly Problem[] {
  const found: readonly Found[] = [
    ...(spec.syncWindows ?? []).flatMap((window, index) => ofWindow(window, ['spec', 'syncWindows', index])),
    ...(spec.roles ?? []).flatMap((role, index) => ofRole(role, metadata.name, ['spec', 'roles', index])),
    ...(spec.destinationServiceAccounts ?? []).flatMap((account, index) =>
      ofAccount(account, ['spec', 'destinationServiceAccounts', index]),
    ),
    ...repeated(spec.sourceRepos, ['spec', 'sourceRepos']),
    ...repeated(spec.sourceNamespaces, ['spec', 'sourceNamespaces']),
    ...repeated(
      spec.destinations?.map((entry) => JSON.stringify(entry)),
      ['spec', 'destinations'],
    ),
    ...repeated(
      spec.roles?.map((role) => role.name),
      ['spec', 'roles'],
    ),
    ...signatures(spec),
    ...wrongPatterns(spec),
  ];
  return found.map(
    ({ path, message, fix }) =>
      new Problem('misconfigured', `AppProject ${metadata.name}: ${message}`, { where: document.where(path), fix }),
  );
}

function ofWindow(window: SyncWindow, path: FieldPath): readonly Found[] {
  const found: Found[] = [];
  try {
    plainSchedule(window.schedule);
  } catch (thrown) {
    const { message, fix = '' } = asProblem(thrown);
    found.push({ path: [...path, 'schedule'], message, fix: `Syncs that it concerns are refused. ${fix}` });
  }
  if ((goDuration(window.duration) ?? 0) <= 0) {
    const message = `cannot parse duration '${window.duration}'`;
    found.push({ path: [...path, 'duration'], message, fix: 'Write hours, minutes or seconds: 8h, 90m, 1h30m.' });
  }
  if (zoneOffset(window.timeZone, 0) === undefined) {
    const message = `unknown time zone '${window.timeZone}': Argo CD would take UTC, trimtab refuses the sync`;
    found.push({ path: [...path, 'timeZone'], message, fix: 'Write an IANA name: Europe/Berlin.' });
  }
  const { applications = [], namespaces = [], clusters = [] } = window;
  if (applications.length + namespaces.length + clusters.length === 0) {
    const message = 'a sync window without applications, namespaces or clusters concerns nothing';
    found.push({ path, message, fix: "For all of the project: applications: ['*']." });
  }
  return found;
}

const RESOURCES = ['applications', 'applicationsets', 'repositories', 'clusters', 'exec', 'logs'];

function ofRole(role: ProjectRole, project: string, path: FieldPath): readonly Found[] {
  const name = /^[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(role.name)
    ? []
    : [{ path: [...path, 'name'], message: `invalid role name '${role.name}'`, fix: 'Letters, digits, - and _ only.' }];
  const policies = (role.policies ?? []).flatMap((policy, index) => {
    const reason = wrongPolicy(policy, project, role.name);
    if (reason === undefined) return [];
    const fix = `Write it as: p, proj:${project}:${role.name}, applications, get, ${project}/*, allow`;
    return [{ path: [...path, 'policies', index], message: `invalid policy rule '${policy}': ${reason}`, fix }];
  });
  return [...name, ...policies, ...repeated(role.groups, [...path, 'groups'])];
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#policy-csv-composition */
function wrongPolicy(policy: string, project: string, role: string): string | undefined {
  const parts = policy.split(',').map((part) => part.trim());
  const [p, subject, resource = '', action, object = '', effect = ''] = parts;
  if (parts.length !== 6 || p !== 'p') return "must be of the form: 'p, sub, res, act, obj, eft'";
  if (subject !== `proj:${project}:${role}`)
    return `policy subject must be: 'proj:${project}:${role}', not '${subject}'`;
  if (!RESOURCES.includes(resource))
    return `project resource must be one of ${RESOURCES.join(', ')}, not '${resource}'`;
  if (action === undefined || !/^([a-z*]+|(action|update|delete|override)\/.+)$/.test(action))
    return `invalid action '${action}'`;
  if (object !== '*' && !object.startsWith(`${project}/`))
    return `object must be of form '${project}/*' or '${project}/<APPNAME>'`;
  return effect === 'allow' || effect === 'deny' ? undefined : "effect must be: 'allow' or 'deny'";
}

function ofAccount(account: DestinationServiceAccount, path: FieldPath): readonly Found[] {
  const found: Found[] = [];
  const { server, namespace = '', defaultServiceAccount: name } = account;
  if (name.trim() === '' || /[!*[\]{}\\/]/.test(name)) {
    const message = `defaultServiceAccount has an invalid format, '${name}': a sync that it matches is refused`;
    found.push({ path: [...path, 'defaultServiceAccount'], message, fix: 'Name a ServiceAccount, or namespace:name.' });
  }
  if (server.includes('!') || namespace.includes('!')) {
    const message = 'server and namespace of destinationServiceAccounts know no denials';
    found.push({ path, message, fix: 'Put the more special entries first: the first that matches counts.' });
  }
  return found;
}

function signatures({ signatureKeys = [], sourceIntegrity }: AppProject['spec']): readonly Found[] {
  const policies = sourceIntegrity?.git?.policies ?? [];
  const keys = [
    ...signatureKeys.map(({ keyID }, index) => ({ key: keyID, path: ['spec', 'signatureKeys', index, 'keyID'] })),
    ...policies.flatMap(({ gpg }, index) =>
      (gpg.keys ?? []).map((key, place) => ({
        key,
        path: ['spec', 'sourceIntegrity', 'git', 'policies', index, 'gpg', 'keys', place],
      })),
    ),
  ];
  const wrong = keys
    .filter(({ key }) => keyIdOf(key) === undefined)
    .map(({ key, path }) => {
      const message = `'${key}' is not a valid GnuPG key ID: it allows nobody`;
      return {
        path,
        message,
        fix: 'Write the 16 digits of `gpg --list-keys --keyid-format long`, or the fingerprint.',
      };
    });
  if (signatureKeys.length === 0 || sourceIntegrity === undefined) return wrong;
  const message = 'signatureKeys and sourceIntegrity exclude each other: no source is trusted while both are there';
  return [...wrong, { path: ['spec', 'signatureKeys'], message, fix: 'Keep sourceIntegrity, the newer of the two.' }];
}

function repeated(texts: readonly string[] | undefined, path: FieldPath): readonly Found[] {
  return (texts ?? []).flatMap((text, index, all) =>
    all.indexOf(text) === index
      ? []
      : [{ path: [...path, index], message: `${text} is there twice`, fix: 'Remove one.' }],
  );
}
