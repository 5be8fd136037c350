import { stringify } from 'yaml';
import type { Source } from '../../src/spec/ports.ts';

/** The one commit that every branch of these tests is at. */
export const COMMIT: string = 'a'.repeat(40);

/** An Application that renders from a repository of its own. */
export function controlApplication(name: string, repo: string, more: Readonly<Record<string, unknown>> = {}): string {
  return stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', ...more },
    spec: {
      project: 'default',
      source: { repoURL: `https://github.com/${repo}`, path: '.' },
      destination: { server: 'https://kubernetes.default.svc', namespace: name },
    },
  });
}

/** A source whose control repository holds these files, at every commit; `links` are its symbolic links. */
export function fileSource(files: Readonly<Record<string, string>>, links: readonly string[] = []): Source {
  return {
    resolve: async () => COMMIT,
    tree: async () => new Map(),
    checkout: async (repoURL, revision) => ({ repoURL, revision, dir: '/nowhere', links }),
    manifestFiles: async () => Object.entries(files).map(([path, text]) => ({ path, text })),
    chartVersion: async (_chart, targetRevision = '') => targetRevision,
    chart: async ({ repoURL }, revision) => ({ repoURL, revision, dir: '/nowhere' }),
    readFiles: async (_checkout, paths) => paths.map((path) => ({ path, text: files[path] ?? '' })),
  };
}
