import type { Forge } from '../spec/ports.ts';
import { createArchives } from './archive.ts';
import { createChecks } from './checks.ts';
import { createClient, type ForgeOptions } from './client.ts';
import { createComments } from './comments.ts';
import { createDeployments } from './deployments.ts';
import { createProposals } from './propose-trees.ts';
import { createPulls } from './pulls.ts';
import { createRepositories } from './repositories.ts';
import { createReverts } from './revert.ts';
import { createSignatures } from './signatures.ts';
import { createTrees } from './trees.ts';

export type { ForgeOptions } from './client.ts';

/**
 * GitHub, as a GitHub App sees it. Makes no call until it is asked for something; finds the App's installation on each
 * repository by itself. Throws Problem `misconfigured` for a private key that can't be read.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
 */
export function createForge(options: ForgeOptions): Forge {
  const client = createClient(options);
  return {
    ...createRepositories(client),
    ...createSignatures(client),
    ...createTrees(client),
    ...createArchives(client),
    ...createPulls(client),
    ...createComments(client),
    ...createChecks(client),
    ...createDeployments(client),
    ...createReverts(client),
    ...createProposals(client),
  };
}
