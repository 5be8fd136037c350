export { deliveries, due, plan } from './deliveries.ts';
export { applicationFacts } from './facts.ts';
export { subscriptionsOf } from './subscriptions.ts';
