/** State: what trimtab remembers (`Store`, one DynamoDB table) and what it has yet to do (`Queue`, SQS). */
export { createTable } from './create-table.ts';
export { readJob } from './jobs.ts';
export { createQueue, type QueueUrls } from './queue.ts';
export { createStore } from './store.ts';
