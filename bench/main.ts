import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { type Figure, table } from './figure.ts';
import { generate } from './generate.ts';
import { list } from './list.ts';
import { preview } from './preview.ts';
import { refresh } from './refresh.ts';
import { render } from './render.ts';
import { sync } from './sync.ts';
import { webhook } from './webhook.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  preview,
  render,
  webhook,
  generate,
  list,
  compare,
  refresh,
  sync,
};

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const names = Object.keys(BENCHMARKS).filter((name) => only === undefined || name === only);
if (names.length === 0) {
  console.error(`There is no benchmark ${only}; there are ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const name of names) {
  console.error(`${name} …`);
  figures.push(...((await BENCHMARKS[name]?.()) ?? []));
}
console.log(table(figures));
process.exit(figures.some(({ met }) => met === false) ? 1 : 0);
