import { styleText } from 'node:util';
import { Problem } from '../spec/problem.ts';

/** How the demo tells what happens: plain text, with colours only on a terminal. */
export interface Story {
  /** A numbered step. */
  step(title: string): void;
  /** What somebody does, or what trimtab did. */
  says(text: string): void;
  /** A block as a person would see it: a comment, a message, a table of the cluster. */
  shows(title: string, text: string): void;
  /** Ends the story with a clear word when something is not as it should be. */
  expects(condition: boolean, expectation: string): void;
}

type Style = 'bold' | 'dim' | 'green' | 'cyan';

/** Writes a story line by line. */
export function createStory(write: (line: string) => void): Story {
  const style = (name: Style, text: string): string => styleText(name, text, { stream: process.stdout });
  let number = 0;
  return {
    step: (title) => {
      number += 1;
      write('');
      write(style('bold', `${number}. ${title}`));
    },
    says: (text) => write(`   ${text}`),
    shows: (title, text) => {
      write('');
      write(style('cyan', `   ┌── ${title}`));
      for (const line of text.trimEnd().split('\n')) write(`${style('cyan', '   │')} ${line}`);
      write(style('cyan', '   └──'));
    },
    expects: (condition, expectation) => {
      if (!condition) throw new Problem('internal', `The demo stops at step ${number}. Expected: ${expectation}.`);
      write(style('green', `   ✓ ${expectation}`));
    },
  };
}
