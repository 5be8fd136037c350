export { createGitHubSource, type GitHubSourceOptions } from './github.ts';
export { createLocalGitSource, type LocalGitSourceOptions, mergeResult } from './local-git.ts';
