export { assess } from './assess.ts';
export { applicationHealth, type ResourceHealth, worst } from './worst.ts';
