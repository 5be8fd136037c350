export type { Exchange } from './api.ts';
export { createLocalForge, type LocalForge, type LocalForgeOptions } from './server.ts';
