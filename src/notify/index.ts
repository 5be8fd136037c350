export { type Deliveries, type Due, deliveries, due, type Moment, type Plan, plan } from './deliveries.ts';
export { applicationFacts, type Facts, type Known } from './facts.ts';
export { type Subscriber, type Subscription, subscriptionsOf } from './subscriptions.ts';
