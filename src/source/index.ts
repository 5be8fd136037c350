export { createGitHubSource, type GitHubSourceOptions } from './github.ts';
export { createLocalGitSource, mergeResult } from './local-git.ts';
export { createRegisteredAccess } from './registered-access.ts';
