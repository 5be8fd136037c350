import { expect, test } from 'vitest';
import { gitHubAddress } from '../../src/local/github-address.ts';

/** https://docs.github.com/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api */
test.each([
  ['https://github.com', 'https://api.github.com', 'github.com', false],
  ['https://github.com/', 'https://api.github.com', 'github.com', false],
  ['https://octocorp.ghe.com', 'https://api.octocorp.ghe.com', 'octocorp.ghe.com', false],
  ['https://github.acme.com', 'https://github.acme.com/api/v3', 'github.acme.com', false],
  ['http://127.0.0.1:3001', 'http://127.0.0.1:3001/api/v3', '127.0.0.1:3001', true],
])('%s has its API at %s', (url, api, host, isHere) => {
  expect(gitHubAddress(url)).toMatchObject({ api, host, isHere });
});

test.each(['github.com', 'git@github.com:acme', 'ftp://github.com', ''])('%j is no URL of a GitHub', (text) => {
  expect(() => gitHubAddress(text)).toThrow('is not the URL of a GitHub');
});
