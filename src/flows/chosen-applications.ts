import { gitGenerators } from '../catalog/set-policy.ts';
import { skipsReconcile } from '../catalog/skips-reconcile.ts';
import { tracks } from '../catalog/tracks.ts';
import { type Application, applicationName, sourcesOf } from '../spec/application.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import type { RefreshJob, RepoName } from '../spec/event.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { clusterKey } from './cluster-key.ts';
import type { Pin } from './desired.ts';
import type { Control } from './read-control.ts';

/** The applications that a job is to look at; those that are to be left alone (`skip-reconcile`) are none of them. */
export function chosenApplications(
  job: RefreshJob,
  control: Control,
  controlRepository: RepoName,
): readonly Application[] {
  const { clusters } = control.catalogue.settings;
  return inScope(job, control, controlRepository).filter((one) => !skipsReconcile(one, clusters));
}

function inScope(job: RefreshJob, control: Control, controlRepository: RepoName): readonly Application[] {
  const all = control.catalogue.applications.map((one) => one.value);
  switch (job.scope.of) {
    case 'all':
      return all;
    case 'cluster': {
      const { cluster } = job.scope;
      return all.filter((application) => clusterKey(application, control.catalogue) === cluster);
    }
    case 'applications': {
      const names = new Set(job.scope.names);
      return all.filter((application) => names.has(applicationName(application)));
    }
    case 'pulls': {
      const sets = control.watched.get(job.scope.repo.toLowerCase());
      const { applications } = control.catalogue;
      return applications.filter((one) => sets?.has(one.generatedBy ?? '') === true).map((one) => one.value);
    }
    case 'branch': {
      const { repo, branch } = job.scope;
      const { pin } = control;
      const definesAll = repo === controlRepository && branch === pin?.defaultBranch;
      const { applications } = control.catalogue;
      const sets = new Set(control.catalogue.sets.filter((set) => readsFrom(set, pin)).map(setName));
      const following = applications.filter(({ value }) => sourcesOf(value).some((source) => follows(source, pin)));
      const names = new Set(following.map(({ value }) => applicationName(value)));
      const chosen = applications.filter(
        ({ value, generatedBy, parents = [] }) =>
          definesAll ||
          (generatedBy !== undefined && sets.has(generatedBy)) ||
          names.has(applicationName(value)) ||
          parents.some((parent) => names.has(parent)),
      );
      return chosen.map((one) => one.value);
    }
  }
}

/** Whether a git generator of a set reads the branch of a pin. */
function readsFrom({ value }: ParsedSet, pin: Pin | undefined): boolean {
  return gitGenerators(value.spec.generators).some(({ repoURL: url, revision }) =>
    follows({ repoURL: url, ...(revision === undefined ? {} : { targetRevision: revision }) }, pin),
  );
}

function setName({ value }: ParsedSet): string {
  return value.metadata.name;
}

function follows(
  source: { readonly repoURL: string; readonly targetRevision?: string },
  pin: Pin | undefined,
): boolean {
  return (
    pin !== undefined &&
    sameRepository(source.repoURL, pin.repoURL) &&
    tracks(source.targetRevision, pin.branch, pin.defaultBranch)
  );
}
