import { describe, expect, it } from 'vitest';
import { buildEnvironment, substitute } from '../../src/render/build-environment.ts';
import { input } from './repository.ts';

/** Written in pieces: the linter takes them for templates of JavaScript. */
const braced = (name: string): string => ['$', `{${name}}`].join('');

describe('the build environment', () => {
  it('holds what Argo CD documents', () => {
    expect(buildEnvironment(input({ path: 'charts/shop' }))).toEqual({
      ARGOCD_APP_NAME: 'shop',
      ARGOCD_APP_NAMESPACE: 'shop-live',
      ARGOCD_APP_PROJECT_NAME: 'production',
      ARGOCD_APP_REVISION: '8f14e45fceea167a5a36dedd4bea2543e9d1c0b7',
      ARGOCD_APP_REVISION_SHORT: '8f14e45',
      ARGOCD_APP_REVISION_SHORT_8: '8f14e45f',
      ARGOCD_APP_SOURCE_PATH: 'charts/shop',
      ARGOCD_APP_SOURCE_REPO_URL: 'https://github.com/acme/platform',
      ARGOCD_APP_SOURCE_TARGET_REVISION: 'main',
    });
  });

  it.each([
    ['$NAME', 'shop'],
    [braced('NAME'), 'shop'],
    [`v-${braced('NAME')}.x`, 'v-shop.x'],
    ['$NAME-$NAME', 'shop-shop'],
    ['$UNKNOWN!', '!'],
    [braced('UNKNOWN'), ''],
    ['$$NAME', '$NAME'],
    ['5$', '5$'],
    ['$ 5', '$ 5'],
    ['$.x', '$.x'],
    ['$__proto__', ''],
  ])('%s becomes %s', (text, expected) => {
    expect(substitute(text, { NAME: 'shop' })).toBe(expected);
  });
});
