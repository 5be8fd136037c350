/** Parts of GitHub's deliveries, as its documentation shows them: what trimtab reads, and some that it must pass over. */
export const HEAD = '6dcb09b5b57875f334f61aebed695e2e4193db5e';

export type Payload = Readonly<Record<string, unknown>>;

const repository = { id: 1296269, name: 'shop', full_name: 'acme/shop', private: true, default_branch: 'main' };
const alice = { login: 'alice', id: 1, type: 'User', site_admin: false };

export function pullRequest(action: string, more: Payload = {}, pull: Payload = {}): Payload {
  return {
    action,
    number: 7,
    pull_request: {
      number: 7,
      state: 'open',
      draft: false,
      merged: false,
      head: { ref: 'scale', sha: HEAD },
      base: { ref: 'main', sha: '0'.repeat(39).concat('1') },
      ...pull,
    },
    repository,
    sender: alice,
    ...more,
  };
}

export function push(ref: string, more: Payload = {}): Payload {
  return {
    ref,
    before: '1'.repeat(40),
    after: HEAD,
    created: false,
    deleted: false,
    forced: false,
    repository,
    ...more,
  };
}

export function issueComment(body: string, more: Payload = {}, comment: Payload = {}): Payload {
  return {
    action: 'created',
    issue: { number: 7, pull_request: { url: 'https://api.github.com/repos/acme/shop/pulls/7' } },
    comment: { id: 99, user: alice, body, ...comment },
    repository,
    sender: alice,
    ...more,
  };
}

export function checkRun(action: string, check: Payload = {}): Payload {
  return {
    action,
    check_run: {
      id: 4,
      name: 'trimtab',
      head_sha: HEAD,
      pull_requests: [{ number: 7, id: 70 }, { number: 8 }],
      ...check,
    },
    repository,
    sender: alice,
  };
}
