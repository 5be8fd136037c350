import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { ApiKind, InventoryItem } from '../../src/spec/ports.ts';
import { handedOver, isTracked, vanished } from '../../src/sync/index.ts';
import { withTracking } from '../../src/sync/tracking.ts';
import { resource } from './simulation.ts';

const of = (application: string, name: string): Manifest =>
  withTracking(resource('ConfigMap', name), application, 'shop');
const items = (...manifests: readonly Manifest[]): readonly InventoryItem[] =>
  manifests.map((manifest) => ({ apiVersion: manifest.apiVersion, key: keyOf(manifest) }));
const byKey = (...manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> =>
  new Map(manifests.map((manifest) => [keyText(keyOf(manifest)), manifest]));
const keys = (...manifests: readonly Manifest[]): ReadonlySet<string> => new Set(byKey(...manifests).keys());
const names = (found: readonly InventoryItem[]): readonly string[] => found.map(({ key }) => key.name);

const KINDS: readonly ApiKind[] = [
  { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true, verbs: ['list'] },
];

describe('what leaves the inventory as handed over', () => {
  const inventory = items(of('shop', 'moved'), of('shop', 'ours'), of('shop', 'shared'));
  const left = (...live: readonly Manifest[]): readonly string[] =>
    names(
      handedOver({
        application: 'shop',
        inventory,
        desired: keys(of('shop', 'shared')),
        live: byKey(...live),
      }),
    );

  it('is what carries the tracking id of another application, and is not desired any more', () => {
    expect(left(of('store', 'moved'), of('shop', 'ours'), of('store', 'shared'))).toEqual(['moved']);
  });

  it('is nothing whose tracking id does not name its bearer, or that has none', () => {
    const copied = { ...of('store', 'elsewhere'), metadata: { ...of('store', 'elsewhere').metadata, name: 'moved' } };
    expect(left(copied, resource('ConfigMap', 'ours'))).toEqual([]);
  });

  it('is never anything that the application itself could still prune', () => {
    const owner = fc.constantFrom('shop', 'store', undefined);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('moved', 'ours', 'shared', 'other'), owner), (owners) => {
        const live = Object.entries(owners).map(([name, application]) =>
          application === undefined ? resource('ConfigMap', name) : of(application, name),
        );
        const there = byKey(...live);
        const gone = handedOver({ application: 'shop', inventory, desired: new Set(), live: there });
        expect(gone.some(({ key }) => isTracked(there.get(keyText(key)) ?? expect.unreachable(), 'shop'))).toBe(false);
      }),
    );
  });
});

describe('what leaves the inventory as gone', () => {
  const inventory = items(of('shop', 'pruned'), of('shop', 'there'), of('shop', 'wanted'));
  const left = (kinds: readonly ApiKind[]): readonly string[] =>
    names(vanished({ inventory, desired: keys(of('shop', 'wanted')), live: byKey(of('shop', 'there')), kinds }));

  it('is what is neither there nor desired', () => {
    expect(left(KINDS)).toEqual(['pruned']);
  });

  it('is nothing of a kind that the cluster does not serve just now', () => {
    expect(left([])).toEqual([]);
  });
});
