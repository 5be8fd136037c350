import { describe, expect, it } from 'vitest';
import { referencedFiles } from '../../src/spec/referenced-files.ts';

const CHARTS = 'https://charts.acme.example';

describe('what an application reads from a source with ref', () => {
  it('are the value files and file parameters of its other sources that name it', () => {
    const sources = [
      {
        repoURL: CHARTS,
        chart: 'shop',
        helm: {
          valueFiles: ['values-eu.yaml', '$values/envs/shop.yaml', '$values/envs/shop.yaml', '$other/a.yaml'],
          fileParameters: [{ name: 'banner', path: '$values/banner.txt' }],
        },
      },
      { repoURL: 'https://github.com/acme/config', ref: 'values' },
    ];
    expect(referencedFiles(sources, 'values')).toEqual(['envs/shop.yaml', 'banner.txt']);
    expect(referencedFiles(sources, 'nobody')).toEqual([]);
  });

  it('is the folder below which a glob looks', () => {
    const sources = [
      { repoURL: CHARTS, chart: 'shop', helm: { valueFiles: ['$values/envs/*/shop.yaml', '$values/*.yaml'] } },
    ];
    expect(referencedFiles(sources, 'values')).toEqual(['envs/', '/']);
  });
});
