import { afterAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { healthsInOrder, healthsOf } from '../../src/flows/healths.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const engines = createEngines();
afterAll(() => engines.close());

const at = '2026-01-31T08:00:00Z';
const widget: Manifest = {
  apiVersion: 'acme.example/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'shop' },
  status: { phase: 'broken', conditions: [{ type: 'Ready', status: 'True' }] },
};
const settings: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'shop' } };

function by(script: string, openLibraries = false) {
  return { customisations: { healthScripts: [{ pattern: 'acme.example/*', script, openLibraries }] }, engines, at };
}

describe('the health of live objects', () => {
  it("is what the user's script says, and what is built in where there is none", async () => {
    const script = 'if obj.status.phase == "broken" then return {status="Degraded", message="by script"} end return {}';
    const healths = await healthsOf([widget, settings], by(script));
    expect([...healths]).toEqual([['acme.example/Widget:shop/w', { status: 'Degraded', message: 'by script' }]]);
    const without = await healthsOf([widget], { ...by(script), customisations: { healthScripts: [] } });
    expect(without.get('acme.example/Widget:shop/w')?.status).toBe('Healthy');
  });

  it.each([
    ['that calls what is not there', 'return nothing.at.all', /^The health script failed: /],
    ['that asks for a library without useOpenLibs', 'return {status=string.upper("x")}', /^The health script failed: /],
    ['that gives another word', 'return {status="Fine"}', /gave the status "Fine"; a status is one of Healthy/],
    ['that gives a message alone', 'return {message="x"}', /gave no status/],
    ['that gives a text', 'return "Healthy"', /expect table output/],
    ['that is no Lua', 'return {', /^The health script failed: /],
  ])('is Unknown with the reason for a script %s', async (_, script, message) => {
    const [health] = await healthsInOrder([widget], by(script));
    expect(health?.status).toBe('Unknown');
    expect(health?.message).toMatch(message);
  });

  it.each([
    ['returns nothing', 'if obj.status.phase == "gone" then return {status="Degraded"} end'],
    ['returns nil', 'return nil'],
    ['returns an empty table', 'local hs = {} return hs'],
  ])('has nothing against an object of which a script %s', async (_, script) => {
    expect(await healthsInOrder([widget], by(script))).toEqual([{ status: 'Healthy', message: '' }]);
  });

  it('lets useOpenLibs open the libraries of Lua, and nothing of the machine', async () => {
    const script = 'return {status="Healthy", message=string.upper("ok") .. tostring(io)}';
    expect(await healthsInOrder([widget], by(script, true))).toEqual([{ status: 'Healthy', message: 'OKnil' }]);
  });

  it('is Unknown for a script that never ends, and right for every other object', async () => {
    const customisations = {
      healthScripts: [
        { pattern: 'acme.example/Widget', script: 'while true do end', openLibraries: false },
        { pattern: 'acme.example/Gadget', script: 'return {status="Healthy"}', openLibraries: false },
      ],
    };
    const objects = [widget, { ...widget, kind: 'Gadget' }, settings];
    const healths = await healthsInOrder(objects, { customisations, engines, at });
    expect(healths.map((health) => health?.status)).toEqual(['Unknown', 'Healthy', undefined]);
    expect(healths[0]?.message).toContain('ran over its limit of 1 s');
  });
});
