import { expect, it } from 'vitest';
import { renderDesired } from '../../src/flows/desired.ts';
import type { Application } from '../../src/spec/application.ts';
import type { ChartReference } from '../../src/spec/ports.ts';

it.each([true, false])(
  'passCredentials: %s of an Application is what its chart is asked for with',
  async (passCredentials) => {
    const asked: ChartReference[] = [];
    const repoURL = 'https://charts.acme.example';
    const application: Application = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'shop' },
      spec: {
        project: 'default',
        source: { repoURL, chart: 'shop', targetRevision: '1.0.0', helm: { passCredentials } },
        destination: { server: 'https://kubernetes.default.svc' },
      },
    };
    const chart = async (reference: ChartReference) => {
      asked.push(reference);
      return { repoURL, revision: '1.0.0', dir: '/nowhere' };
    };
    const none = async (): Promise<never> => {
      throw new Error('not asked');
    };
    await renderDesired(
      application,
      ['1.0.0'],
      { kubeVersion: 'v1.36.0', apiVersions: [] },
      {
        source: { chart, chartVersion: none, checkout: none },
        renderer: { render: async () => [] },
      },
    );
    expect(asked).toEqual([{ repoURL, chart: 'shop', passCredentials }]);
  },
);
