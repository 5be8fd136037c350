import type { Application } from '../../src/spec/application.ts';
import type { AppProject, AppProjectSpec } from '../../src/spec/project.ts';

export function projectOf(spec: AppProjectSpec): AppProject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata: { name: 'prod' }, spec };
}

export function applicationFrom(repoURL: string, namespace = 'shop', metadataNamespace?: string): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', ...(metadataNamespace === undefined ? {} : { namespace: metadataNamespace }) },
    spec: { project: 'prod', source: { repoURL, path: '.' }, destination: { name: 'eu', namespace } },
  };
}

export const EU = { name: 'eu', server: 'https://eu.acme.example:6443' };
