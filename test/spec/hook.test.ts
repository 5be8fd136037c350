import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import { hookTypes, isHook, waveOf } from '../../src/spec/hook.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

describe('the hook types of a manifest', () => {
  it.each([
    ["Argo CD's PreSync", { [ANNOTATION.hook]: 'PreSync' }, ['PreSync']],
    ['a list with blanks', { [ANNOTATION.hook]: 'PreSync, PostSync,PreSync' }, ['PreSync', 'PostSync']],
    ['Skip alone', { [ANNOTATION.hook]: 'Skip' }, ['Skip']],
    ['Skip beside another, which wins', { [ANNOTATION.hook]: 'Skip,Sync' }, ['Sync']],
    ['an unknown type', { [ANNOTATION.hook]: 'presync' }, []],
    ["Helm's install and upgrade", { [ANNOTATION.helmHook]: 'pre-install,pre-upgrade' }, ['PreSync']],
    ["Helm's post hooks", { [ANNOTATION.helmHook]: 'post-install, post-delete' }, ['PostSync', 'PostDelete']],
    ["Helm's test, which no sync runs", { [ANNOTATION.helmHook]: 'test' }, []],
    ["Helm's crd-install, which is no hook", { [ANNOTATION.helmHook]: 'crd-install' }, undefined],
    [
      "Argo CD's, which switches Helm's off",
      { [ANNOTATION.hook]: 'Sync', [ANNOTATION.helmHook]: 'pre-install' },
      ['Sync'],
    ],
    [
      "Helm's, where Argo CD's annotation names no hook of Argo CD",
      { [ANNOTATION.hook]: 'presync', [ANNOTATION.helmHook]: 'pre-install' },
      ['PreSync'],
    ],
    ['none', {}, undefined],
  ])('%s', (_, annotations, types) => {
    expect(hookTypes(annotated(annotations))).toEqual(types);
    expect(isHook(annotated(annotations))).toBe(types !== undefined);
  });
});

describe('the wave of a manifest', () => {
  it.each([
    ['its annotation', { [ANNOTATION.syncWave]: '-5' }, -5],
    ['its annotation with a sign', { [ANNOTATION.syncWave]: '+2' }, 2],
    ["Helm's weight where there is none", { [ANNOTATION.helmHookWeight]: '7' }, 7],
    ["Helm's weight where it is no integer", { [ANNOTATION.syncWave]: '1.5', [ANNOTATION.helmHookWeight]: '7' }, 7],
    ['its annotation before the weight', { [ANNOTATION.syncWave]: '1', [ANNOTATION.helmHookWeight]: '7' }, 1],
    ['zero where neither is an integer', { [ANNOTATION.syncWave]: 'first' }, 0],
    ['zero where nothing is said', {}, 0],
  ])('is %s', (_, annotations, wave) => {
    expect(waveOf(annotated(annotations))).toBe(wave);
  });
});

function annotated(annotations: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job', annotations } };
}
