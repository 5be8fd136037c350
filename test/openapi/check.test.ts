import { describe, expect, test } from 'vitest';
import { type CheckedExchange, createOpenApiCheck } from './check.ts';

const check = createOpenApiCheck();
const REPO = '/repos/acme/shop';

function exchange(operation: string, of: Partial<CheckedExchange>): CheckedExchange {
  const [method = '', path = ''] = operation.split(' ');
  return { method, path, query: '', status: 200, requestBody: undefined, responseBody: undefined, ...of };
}

describe('the check against GitHub’s OpenAPI description', () => {
  test('finds a path that GitHub does not have', () => {
    expect(check(exchange('GET /repos/acme/shop/pullrequests', {}))[0]).toContain('no operation of GitHub');
  });

  test('finds a required field that a request lacks', () => {
    const sent = exchange(`POST ${REPO}/issues/1/comments`, { status: 403, requestBody: {}, responseBody: error });
    expect(check(sent)).toEqual([]);
    expect(check({ ...sent, status: 201 }).join('\n')).toContain("request must have required property 'body'");
  });

  test('finds a value that is not one of the allowed', () => {
    const body = { name: 'trimtab', head_sha: 'a'.repeat(40), status: 'done' };
    const problems = check(exchange(`POST ${REPO}/check-runs`, { status: 201, requestBody: body, responseBody: {} }));
    expect(problems.join('\n')).toContain('request/status must be equal to one of the allowed values');
  });

  test('finds an answer that lacks what GitHub always sends', () => {
    const answer = {
      ref: 'refs/heads/main',
      node_id: 'x',
      object: { type: 'commit', sha: 'a', url: 'https://example.com' },
    };
    const problems = check(exchange(`GET ${REPO}/git/ref/heads/main`, { responseBody: answer }));
    expect(problems.join('\n')).toContain("must have required property 'url'");
  });

  test('finds null where GitHub has none, and takes it where GitHub has it', () => {
    const answer = { sha: 'a', node_id: 'x', content: '', encoding: 'base64', url: 'https://example.com', size: null };
    expect(check(exchange(`GET ${REPO}/git/blobs/a`, { responseBody: answer }))).toEqual([]);
    const broken = check(exchange(`GET ${REPO}/git/blobs/a`, { responseBody: { ...answer, sha: null } }));
    expect(broken.join('\n')).toContain('answer/sha must be string');
  });

  test('finds a query parameter that GitHub does not know, or cannot read', () => {
    const listed = (query: string) => check(exchange(`GET ${REPO}/pulls`, { query, responseBody: [] }));
    expect(listed('?state=open&per_page=100')).toEqual([]);
    expect(listed('?status=open').join()).toContain('query parameter status is not known');
    expect(listed('?per_page=many').join()).toContain('query parameter per_page must be integer');
  });

  test('finds a status that the operation never answers, and an error without words', () => {
    expect(check(exchange(`GET ${REPO}`, { status: 202 })).join()).toContain('answer 202 is not described');
    const bare = check(exchange(`GET ${REPO}`, { status: 404, responseBody: {} }));
    expect(bare.join('\n')).toContain("must have required property 'message'");
  });
});

const error = { message: 'Resource not accessible by integration', documentation_url: 'https://docs.github.com/rest' };
