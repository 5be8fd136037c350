// Plays Lambda's runtime for one request: loads the bundle, gives its handler the event, prints the answer and ends.
// node answer-once.mjs BUNDLE EVENT.json
import { readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [bundle, event] = process.argv.slice(2);
const { handler } = await import(pathToFileURL(bundle).href);
const answer = await handler(JSON.parse(readFileSync(event, 'utf8')));
writeSync(1, JSON.stringify(answer));
process.exit(0);
