import { describe, expect, it } from 'vitest';
import { clusterOf } from '../../src/catalog/cluster-of.ts';
import type { Application, Destination } from '../../src/spec/application.ts';
import type { ClusterRegistration } from '../../src/spec/settings.ts';

const frankfurt: ClusterRegistration = {
  name: 'frankfurt',
  server: 'https://10.0.0.7:6443',
  labels: {},
  namespaces: [],
  config: { bearerToken: 'env:FRANKFURT_TOKEN' },
};

function to(destination: Destination): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web' },
    spec: { project: 'default', destination },
  };
}

describe('the cluster of an application', () => {
  it.each([
    ['by server', { server: 'https://10.0.0.7:6443' }, 'frankfurt'],
    ['by server with a slash at its end', { server: 'https://10.0.0.7:6443/' }, 'frankfurt'],
    ['by name', { name: 'frankfurt' }, 'frankfurt'],
    ['the one that Argo CD calls in-cluster, by server', { server: 'https://kubernetes.default.svc' }, 'in-cluster'],
    ['the one that Argo CD calls in-cluster, by name', { name: 'in-cluster' }, 'in-cluster'],
  ])('is found %s', (_, destination, name) => {
    expect(clusterOf(to(destination), [frankfurt]).name).toBe(name);
  });

  it('is not guessed: an unknown one is named beside those that are known', () => {
    expect(() => clusterOf(to({ name: 'paris' }), [frankfurt])).toThrow(
      'No cluster paris is registered (known: in-cluster, frankfurt).',
    );
  });

  it.each([
    ['both', { server: 'https://10.0.0.7:6443', name: 'frankfurt' }],
    ['neither', { namespace: 'web' }],
  ])('is refused when the destination has %s', (words, destination) => {
    expect(() => clusterOf(to(destination), [frankfurt])).toThrow(`and has ${words}`);
  });
});
