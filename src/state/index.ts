/** State: what trimtab remembers (`Store`, one DynamoDB table) and what it has yet to do (`Queue`, SQS). */
export { readJob } from './jobs.ts';
export { createQueue, type QueueUrls } from './queue.ts';
export { createStore } from './store.ts';
export { createTable } from './table.ts';
