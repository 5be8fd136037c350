import { describe, expect, it } from 'vitest';
import { perform } from '../../src/flows/perform.ts';
import { keyOf, type Manifest } from '../../src/spec/manifest.ts';
import type { ClusterWriter } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import type { Action } from '../../src/sync/index.ts';

const REFUSED = new Problem('cluster-refused', 'admission webhook "policy" denied the request');

/** A cluster that refuses what has these names, and the names of what it was asked for. */
function cluster(...refused: readonly string[]): { readonly writer: ClusterWriter; readonly asked: string[] } {
  const asked: string[] = [];
  const answer = <T>(verb: string, name: string | undefined, result: T): Promise<T> => {
    asked.push(`${verb} ${name}`);
    return refused.includes(name ?? '') ? Promise.reject(REFUSED) : Promise.resolve(result);
  };
  const written = (manifest: Manifest) => ({ action: 'created' as const, manifest, warnings: [] });
  return {
    asked,
    writer: {
      apply: (manifest) => answer('apply', manifest.metadata.name, written(manifest)),
      create: (manifest) => answer('create', manifest.metadata.name, written(manifest)),
      remove: (_, { name }) => answer('remove', name, 'deleted' as const),
      release: (_, { name }) => answer('release', name, 'released' as const),
    },
  };
}

function of(kind: string, name: string): Manifest {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' } };
}

const APPLYING = { force: true, validate: 'Strict', replace: false, migrate: true } as const;

function apply(kind: string, name: string): Action {
  return { kind: 'apply', task: 0, manifest: of(kind, name), options: APPLYING };
}

function remove(name: string, because: 'prune' | 'before'): Action {
  const key = keyOf(of('ConfigMap', name));
  return { kind: 'remove', task: 0, apiVersion: 'v1', key, propagation: 'Foreground', because };
}

describe('what one step does to the cluster', () => {
  it('goes on with the rest of the wave where something is refused, as Argo CD does, also with the kinds after it', async () => {
    const { writer, asked } = cluster('a');
    const actions = [apply('ConfigMap', 'a'), apply('ConfigMap', 'b'), apply('Service', 'web')];
    const outcomes = await perform(actions, writer, new Map());
    expect(asked).toEqual(['apply a', 'apply b', 'apply web']);
    expect(outcomes.map(({ result }) => result.ok)).toEqual([false, true, true]);
  });

  it('applies nothing in a wave of which something could not be pruned, as Argo CD does', async () => {
    const { writer, asked } = cluster('old');
    const outcomes = await perform(
      [remove('old', 'prune'), remove('older', 'prune'), apply('Service', 'web')],
      writer,
      new Map(),
    );
    expect(asked).toEqual(['remove old', 'remove older']);
    expect(outcomes).toHaveLength(2);
  });

  it('prunes before it applies, and applies when that is done', async () => {
    const { writer, asked } = cluster();
    await perform([remove('old', 'prune'), apply('Service', 'web')], writer, new Map());
    expect(asked).toEqual(['remove old', 'apply web']);
  });
});
