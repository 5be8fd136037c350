export { createAws } from './call.ts';
