import { describe, expect, it } from 'vitest';
import { isServiceOf } from '../../src/source/token-service.ts';

describe('the credentials of a registry go to a token service', () => {
  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['auth.docker.io', 'registry-1.docker.io'],
    ['gitlab.com', 'registry.gitlab.com'],
    ['gitlab.acme.co.uk', 'registry.gitlab.acme.co.uk'],
    ['10.0.0.1', '10.0.0.1'],
  ])('%s of %s', (service, registry) => {
    expect(isServiceOf(service, registry)).toBe(true);
  });
});

describe('the credentials of a registry do not go to', () => {
  it.each([
    ['thief.co.uk', 'registry.co.uk'],
    ['thief.github.io', 'acme.github.io'],
    ['gitlab.acme.com', 'registry.acme.com'],
    ['registry.acme.com', 'acme.com'],
    ['com', 'acme.com'],
    ['cme.com', 'acme.com'],
    ['auth.docker.io', 'docker.io.thief.com'],
    ['10.0.0.2', '10.0.0.1'],
    ['0.0.1', '10.0.0.1'],
  ])('%s, for %s', (service, registry) => {
    expect(isServiceOf(service, registry)).toBe(false);
  });
});
