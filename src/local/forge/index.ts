export type { Exchange, Fault, ForgeRequest } from './api.ts';
export type { Change } from './git.ts';
export type {
  NewCommit,
  NewPullRequest,
  NewRepository,
  ShownCheck,
  ShownComment,
  ShownDeployment,
  ShownPull,
} from './people.ts';
export {
  APP_EVENTS,
  APP_PERMISSIONS,
  type AppCredentials,
  createLocalForge,
  type LocalForge,
  type LocalForgeOptions,
} from './server.ts';
export type { WebhookDelivery } from './webhooks.ts';
