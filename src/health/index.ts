export { assess } from './assess.ts';
export { applicationHealth } from './worst.ts';
