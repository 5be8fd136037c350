import type { CheckOutput, Forge, ForgeComment, Pull } from '../../src/spec/ports.ts';

/** All that GitHub knows, as plain data, so that a world can be copied. */
export interface ForgeState {
  /** In the order in which they were made. */
  readonly deployments: { readonly operation: string; state: string }[];
  /** Our comments, in the order in which they were written. */
  readonly comments: { readonly pull: number; body: string }[];
  readonly checks: Map<string, CheckOutput>;
  readonly reactions: Set<string>;
  /** Pull requests, and the comments that people wrote on them. */
  readonly pulls: Map<number, Pull>;
  readonly asked: Map<number, ForgeComment>;
  /** Titles of the pull requests that we opened, by branch. */
  readonly proposals: Map<string, string>;
}

type TreeProposal = Parameters<Forge['proposeTrees']>[1];

export function emptyForge(): ForgeState {
  return {
    deployments: [],
    comments: [],
    checks: new Map(),
    reactions: new Set(),
    pulls: new Map(),
    asked: new Map(),
    proposals: new Map(),
  };
}

/** What of GitHub moves with the branch. */
export interface Branch {
  /** Its commit. */
  head(): string;
  parentOf(sha: string): string;
}

/** The port `Forge` in memory: what was made for an operation, or carries a marker, is found again and not made twice. */
export function createMemoryForge(state: ForgeState, { head, parentOf }: Branch): Forge {
  const pull = async (_repo: string, number: number): Promise<Pull> => {
    const found = state.pulls.get(number);
    if (found === undefined) throw new Error(`no pull request ${number}`);
    return found;
  };
  const members = {
    resolve: async () => head(),
    defaultBranch: async () => 'main',
    parents: async (_repo: string, sha: string) => [parentOf(sha)],
    pull,
    pullsOf: async (_repo: string, sha: string) => [...state.pulls.values()].filter((one) => one.mergeCommit === sha),
    permission: async () => 'write',
    comment: async (_repo: string, id: number) => state.asked.get(id),
    hasComment: async (_repo: string, number: number, marker: string) =>
      state.comments.some((one) => one.pull === number && one.body.startsWith(marker)),
    upsertComment: async (_repo: string, number: number, marker: string, body: string) => {
      const there = state.comments.find((one) => one.pull === number && one.body.startsWith(marker));
      if (there?.body === body) return 'unchanged';
      if (there === undefined) state.comments.push({ pull: number, body });
      else there.body = body;
      return there === undefined ? 'created' : 'updated';
    },
    check: async (_repo: string, output: CheckOutput) => {
      state.checks.set(`${output.name} ${output.head}`, output);
    },
    react: async (_repo: string, comment: number, reaction: string) => {
      state.reactions.add(`${comment} ${reaction}`);
    },
    proposeTrees: async (_repo: string, { branch, title }: TreeProposal) => {
      state.proposals.set(branch, title);
      const number = [...state.proposals.keys()].indexOf(branch) + 100;
      return { number, url: `https://github.com/acme/platform/pull/${number}` };
    },
    createDeployment: async (_repo: string, { operation }: { readonly operation: string }) => {
      const there = state.deployments.findIndex((one) => one.operation === operation);
      return there >= 0 ? there + 1 : state.deployments.push({ operation, state: 'queued' });
    },
    setDeployment: async (_repo: string, id: number, now: string) => {
      const deployment = state.deployments[id - 1];
      if (deployment !== undefined) deployment.state = now;
    },
  };
  return members as unknown as Forge;
}
