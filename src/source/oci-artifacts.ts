import type { Source } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { type AccessTo, readerOf } from './access.ts';
import type { Checkouts } from './checkouts.ts';
import {
  CHART_LAYER,
  listVersions,
  type OciLayer,
  type OciManifest,
  type OciRepository,
  ociRepository,
  readLayer,
  readManifest,
  tagOf,
} from './oci-registry.ts';
import { greatestVersion, isRange } from './version-range.ts';

export interface OciArtifactsOptions {
  readonly access: AccessTo;
  readonly checkouts: Checkouts;
}

/** https://helm.sh/docs/topics/registries/#helm-chart-manifest */
const CHART_CONFIG = 'application/vnd.cncf.helm.config.v1+json';

/** What Argo CD unpacks by default. https://argo-cd.readthedocs.io/en/stable/user-guide/oci/#usage-guidelines */
const FILES_LAYERS = ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.oci.image.layer.v1.tar'];

/** Manifests are text. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Artifacts of OCI registries whose one layer holds manifests, a kustomization or a chart: `repoURL: oci://…` without a
 * `chart`. Their revision is the digest, so a tag that is moved is another revision. Throws Problem `not-found`, `forbidden`,
 * `unavailable`, `unsupported` for an artifact of another kind. https://argo-cd.readthedocs.io/en/stable/user-guide/oci/
 */
export function createOciArtifacts({ access, checkouts }: OciArtifactsOptions): Pick<Source, 'resolve' | 'checkout'> {
  const repositoryOf = async (...[repoURL, scope]: Parameters<AccessTo>): Promise<OciRepository> => {
    const found = ociRepository(repoURL.trim(), await access(repoURL, scope));
    if (found !== undefined) return found;
    throw new Problem(
      'invalid-manifest',
      `${JSON.stringify(repoURL.slice(0, 200))} names no repository of a registry.`,
      {
        where: { field: 'spec.source.repoURL' },
        fix: 'Write oci://HOST/OWNER/NAME, in lower case.',
      },
    );
  };
  return {
    resolve: async (repoURL, targetRevision = '', scope) => {
      const repository = await repositoryOf(repoURL, scope);
      if (/^sha256:[0-9a-f]{64}$/.test(targetRevision)) return targetRevision;
      if (targetRevision !== '') return (await manifestOf(repository, targetRevision)).digest;
      throw new Problem('invalid-manifest', `It is not said which version of ${repoURL} is meant.`, {
        where: { field: 'spec.source.targetRevision' },
        fix: 'Write a tag, a digest (sha256:…) or a range of versions.',
      });
    },
    checkout: async (repoURL, revision, scope) => {
      const repository = await repositoryOf(repoURL, scope);
      const key = `oci://${repository.host}/${repository.name}${readerOf(repoURL, scope)}`;
      const kept = await checkouts.get(key, revision, async () => {
        const layer = contentOf(await readManifest(repository, revision), repository);
        const bytes = await readLayer(repository, layer, MAX_BYTES);
        return { bytes, topFolder: layer.mediaType === CHART_LAYER };
      });
      return { ...kept, repoURL };
    },
  };
}

/** The tag of that very name; where there is none, the newest that the range allows. */
async function manifestOf(repository: OciRepository, wanted: string): Promise<OciManifest> {
  if (/^[\w.+-]+$/.test(wanted)) {
    try {
      return await readManifest(repository, tagOf(wanted));
    } catch (thrown) {
      if (asProblem(thrown).code !== 'not-found') throw thrown;
    }
  }
  const tag = isRange(wanted) ? greatestVersion(wanted, await listVersions(repository)) : undefined;
  if (tag !== undefined) return await readManifest(repository, tagOf(tag));
  throw new Problem('not-found', `oci://${repository.host}/${repository.name} has no tag ${JSON.stringify(wanted)}.`, {
    where: { field: 'spec.source.targetRevision' },
    fix: 'Write a tag, a digest (sha256:…) or a range of versions that are there.',
  });
}

/** The one layer with files; signatures and the like beside it do not count. */
function contentOf({ configType, layers }: OciManifest, { host, name }: OciRepository): OciLayer {
  const isChart = configType === CHART_CONFIG;
  const isContent = ({ mediaType = '' }: Partial<OciLayer>): boolean =>
    isChart ? mediaType === CHART_LAYER : /tar([+.]gzip)?$/.test(mediaType);
  const [layer, ...others] = layers.filter(isContent);
  const where = { field: 'spec.source.repoURL' };
  if (layer === undefined || others.length > 0) {
    const found = layer === undefined ? 'none' : `${others.length + 1}`;
    throw new Problem('unsupported', `oci://${host}/${name} must have one layer of files, and has ${found}.`, {
      where,
      fix: 'Push the folder with `oras push`, as one layer.',
    });
  }
  if (isChart || layer.mediaType === CHART_LAYER || FILES_LAYERS.includes(layer.mediaType)) return layer;
  throw new Problem('unsupported', `oci://${host}/${name} is packed as ${layer.mediaType}, which is not read.`, {
    where,
    fix: `Push it as ${FILES_LAYERS[0]}.`,
  });
}
