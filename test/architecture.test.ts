import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { beforeAll, describe, expect, it } from 'vitest';

const rules = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const root = fileURLToPath(new URL('..', import.meta.url));

async function arrows(baseDir: string): Promise<{ modules: number; found: string[] }> {
  const { output } = await cruise(['src', 'handlers', 'templates'], {
    ...rules.options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: rules.forbidden },
  });
  const { summary } = output as ICruiseResult;
  return { modules: summary.totalCruised, found: summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`) };
}

describe('the dependency rule', () => {
  let planted: { modules: number; found: string[] };

  beforeAll(async () => {
    planted = await arrows(`${root}test/fixtures/arrows`);
  });

  it.each([
    'no-siblings: src/sync/sibling.ts → src/diff/typed.ts',
    'pure-has-no-io: src/diff/reads-files.ts → fs',
    'flows-get-their-edges: src/flows/makes-an-edge.ts → src/forge/client.ts',
    'only-notify-has-channels: handlers/preview.ts → src/channels/slack.ts',
    'only-sync-writes-clusters: handlers/refresh.ts → src/cluster/apply.ts',
    'templates-are-pure: templates/asks-diff.ts → src/diff/good.ts',
  ])('catches a planted wrong arrow: %s', (arrow) => {
    expect(planted.found).toContain(arrow);
  });

  it('catches nothing else in the planted tree', () => {
    expect(planted.found).toHaveLength(6);
  });

  it('holds in the product, and looks at every module of it', async () => {
    const product = await arrows(root);
    expect(product.found).toEqual([]);
    expect(product.modules).toBeGreaterThan(80);
  });
});
