import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/spec/manifest.ts';
import { BY_ANNOTATION, type Tracking } from '../../src/spec/tracking.ts';
import { isTracked, trackedBy } from '../../src/sync/index.ts';
import { withTracking } from '../../src/sync/tracking.ts';

const web: Manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };
const labelled = (value: string, more: Partial<Manifest['metadata']> = {}): Manifest => ({
  ...web,
  metadata: { ...web.metadata, labels: { 'app.kubernetes.io/instance': value }, ...more },
});
const ID = 'argocd.argoproj.io/tracking-id';
const by = (method: Tracking['method'], more: Partial<Tracking> = {}): Tracking => ({
  ...BY_ANNOTATION,
  method,
  ...more,
});

describe('what is written to a manifest', () => {
  it('is the annotation alone by default, and leaves the labels of the chart as they are', () => {
    const { labels, annotations } = withTracking(labelled('release'), 'shop', 'shop').metadata;
    expect(annotations).toEqual({ [ID]: 'shop:apps/Deployment:shop/web' });
    expect(labels).toEqual({ 'app.kubernetes.io/instance': 'release' });
  });

  it.each(['label', 'annotation+label'] as const)('is the annotation and the label for %s', (method) => {
    const { labels, annotations } = withTracking(labelled('release'), 'shop', 'shop', by(method)).metadata;
    expect(annotations).toEqual({ [ID]: 'shop:apps/Deployment:shop/web' });
    expect(labels).toEqual({ 'app.kubernetes.io/instance': 'shop' });
  });

  it('is the label of application.instanceLabelKey, beside those that are there', () => {
    const tracking = by('annotation+label', { labelKey: 'argocd.argoproj.io/instance' });
    expect(withTracking(labelled('release'), 'shop', 'shop', tracking).metadata.labels).toEqual({
      'app.kubernetes.io/instance': 'release',
      'argocd.argoproj.io/instance': 'shop',
    });
  });

  it('is a label that is cut at 63 only where it is for information', () => {
    const name = `${'a'.repeat(61)}.-b`;
    const value = (method: Tracking['method']): string | undefined =>
      withTracking(web, name, 'shop', by(method)).metadata.labels?.['app.kubernetes.io/instance'];
    expect(value('annotation+label')).toBe('a'.repeat(61));
    expect(value('label')).toBe(name);
  });

  it('is no label for a CustomResourceDefinition, as in Argo CD', () => {
    const definition: Manifest = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'crontabs.acme.io' },
    };
    expect(withTracking(definition, 'shop', 'shop', by('label')).metadata.labels).toBeUndefined();
  });

  it('is the id of the installation, where there is one, and never that of another', () => {
    const foreign = {
      ...web,
      metadata: { ...web.metadata, annotations: { 'argocd.argoproj.io/installation-id': 'x' } },
    };
    const idOf = (tracking: Tracking): string | undefined =>
      withTracking(foreign, 'shop', 'shop', tracking).metadata.annotations?.['argocd.argoproj.io/installation-id'];
    expect(idOf(by('annotation', { installationId: 'eu' }))).toBe('eu');
    expect(idOf(BY_ANNOTATION)).toBeUndefined();
  });
});

describe('to whom a live object belongs', () => {
  it('its label says only with the method label, and only where there is no annotation', () => {
    expect(isTracked(labelled('shop'), 'shop', by('label'))).toBe(true);
    expect(isTracked(labelled('shop'), 'shop', by('annotation+label'))).toBe(false);
    expect(isTracked(labelled('shop'), 'shop')).toBe(false);
    const moved = labelled('shop', { annotations: { [ID]: 'store:apps/Deployment:shop/web' } });
    expect(trackedBy(moved, by('label'))).toBe('store');
  });

  it('its label does not say where another object owns it: controllers copy labels', () => {
    const owned = labelled('shop', { ownerReferences: [{ uid: 'u', kind: 'Rollout', name: 'web' }] });
    expect(isTracked(owned, 'shop', by('label'))).toBe(false);
  });

  it('is nobody where it is of another installation, or of none while there is one', () => {
    const eu = by('annotation', { installationId: 'eu' });
    const of = (tracking: Tracking): Manifest => withTracking(web, 'shop', 'shop', tracking);
    expect(isTracked(of(eu), 'shop', eu)).toBe(true);
    expect(isTracked(of(eu), 'shop', by('annotation', { installationId: 'us' }))).toBe(false);
    expect(isTracked(of(eu), 'shop')).toBe(false);
    expect(isTracked(of(BY_ANNOTATION), 'shop', eu)).toBe(false);
  });
});

const methods = fc.constantFrom('annotation', 'annotation+label', 'label');

describe('a change of the method', () => {
  it('never gives what trimtab applied to another application', () => {
    fc.assert(
      fc.property(
        methods,
        methods,
        fc.constantFrom('shop', 'store', 'release'),
        fc.constantFrom('shop', 'store'),
        (before, after, label, application) => {
          const live = withTracking(labelled(label), application, 'shop', by(before));
          for (const one of ['shop', 'store', 'release']) {
            expect(isTracked(live, one, by(after))).toBe(one === application);
          }
        },
      ),
    );
  });
});
