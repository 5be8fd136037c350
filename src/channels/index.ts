/** Channels: where messages go. Only `handlers/notify.ts` and the laptop make one. */
export { createSlack } from './slack.ts';
