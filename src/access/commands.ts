import type { Command, CommandName, ParsedComment, RollbackTarget } from '../spec/command.ts';
import { nearest } from '../spec/nearest.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { parseResourcePattern, type ResourcePattern } from '../spec/resource-pattern.ts';

/** How each command is written; answers to a mistake show the line of the command that was meant. */
export const USAGE: Readonly<Record<CommandName, string>> = {
  help: '/help',
  preview: '/preview',
  diff: '/diff [APP]',
  sync: '/sync [APP…] [--prune] [--dry-run] [--resource GROUP:KIND:NAMESPACE/NAME]',
  rollback: '/rollback [APP [ID|SHA]] [--now]',
  history: '/history [APP]',
  terminate: '/terminate APP',
};

const OPTIONS: Readonly<Record<CommandName, readonly string[]>> = {
  help: [],
  preview: [],
  diff: [],
  sync: ['--prune', '--dry-run', '--resource'],
  rollback: ['--now'],
  history: [],
  terminate: [],
};

/** How many words may follow, besides options. */
const MOST_WORDS: Readonly<Record<CommandName, number>> = {
  help: 0,
  preview: 0,
  diff: 1,
  sync: 100,
  rollback: 2,
  history: 1,
  terminate: 1,
};

const NAMES = Object.keys(USAGE) as readonly CommandName[];

/**
 * Reads the first line of a comment that is not blank. Valid: `/sync shop web --prune`, `/rollback "shop" 12`,
 * `  /help`. Commands of other bots (`/lgtm`), paths (`/etc/hosts`), quotes and code are `none`; what is nearly one of
 * ours (`/rolback`) or one of ours with wrong arguments is `answer`, with how it is written. Never throws.
 */
export function parseCommand(body: string): ParsedComment {
  const line = firstLine(body);
  const found = /^ {0,3}\/([A-Za-z][\w-]*)(\s.*)?$/.exec(line);
  if (found === null) return { kind: 'none' };
  const [, word = '', rest = ''] = found;
  const name = NAMES.find((each) => each === word.toLowerCase());
  try {
    if (name !== undefined) return { kind: 'command', command: readCommand(name, readArguments(name, rest)) };
    const meant = nearest(word, NAMES);
    return meant === undefined
      ? { kind: 'none' }
      : { kind: 'answer', problem: notACommand(word, meant as CommandName) };
  } catch (thrown) {
    return { kind: 'answer', problem: asProblem(thrown) };
  }
}

function firstLine(body: string): string {
  return (
    body
      .split(/\r\n|\r|\n/)
      .find((line) => line.trim() !== '')
      ?.trimEnd() ?? ''
  );
}

function notACommand(word: string, meant: CommandName): Problem {
  return new Problem('bad-command', `/${shown(word)} is not a command: did you mean /${meant}?`, {
    fix: `Write \`${USAGE[meant]}\`, or \`/help\` for all commands.`,
  });
}

interface Arguments {
  readonly words: readonly string[];
  readonly options: ReadonlySet<string>;
  readonly resources: readonly ResourcePattern[];
}

function readArguments(name: CommandName, text: string): Arguments {
  const words: string[] = [];
  const options = new Set<string>();
  const resources: ResourcePattern[] = [];
  const left = [...tokens(name, text)];
  for (let token = left.shift(); token !== undefined; token = left.shift()) {
    if (!token.startsWith('-')) words.push(token);
    else if (!OPTIONS[name].includes(token)) throw unknownOption(name, token);
    else if (token === '--resource') resources.push(resourcePattern(name, left.shift() ?? ''));
    else options.add(token);
  }
  if (words.length > MOST_WORDS[name]) {
    throw wrong(name, `/${name} takes ${countText(MOST_WORDS[name])}, found ${words.length}`);
  }
  return { words, options, resources };
}

function resourcePattern(name: CommandName, text: string): ResourcePattern {
  const pattern = parseResourcePattern(text);
  if (pattern !== undefined) return pattern;
  throw wrong(
    name,
    `\`${shown(text)}\` names no resource: write GROUP:KIND:NAMESPACE/NAME, such as apps:Deployment:shop/web`,
  );
}

function countText(most: number): string {
  if (most === 0) return 'no argument';
  return most === 1 ? 'at most 1 argument' : `at most ${most} arguments`;
}

/** The quotes that people and their keyboards put around a name. */
const QUOTES: Readonly<Record<string, string>> = { '"': '"', "'": "'", '`': '`', '“': '”', '‘': '’' };

/** Words of a line; a name may be quoted. Phones write a long dash for two short ones. */
function tokens(name: CommandName, text: string): readonly string[] {
  const found: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const close = QUOTES[rest.charAt(0)];
    const end = close === undefined ? wordEnd(rest) : rest.indexOf(close, 1);
    if (end < 0) throw wrong(name, 'a quote is opened, but not closed');
    found.push(close === undefined ? rest.slice(0, end).replace(/^[—–]/, '--') : quoted(name, rest.slice(1, end)));
    rest = rest.slice(close === undefined ? end : end + 1).trimStart();
  }
  return found;
}

function wordEnd(text: string): number {
  const end = text.search(/\s/);
  return end < 0 ? text.length : end;
}

function quoted(name: CommandName, text: string): string {
  const word = text.trim();
  if (word === '' || word.startsWith('-')) throw wrong(name, 'a name is expected between quotes');
  return word;
}

function readCommand(name: CommandName, { words, options, resources }: Arguments): Command {
  const [first, second] = words;
  const application = first === undefined ? {} : { application: applicationName(name, first) };
  switch (name) {
    case 'help':
    case 'preview':
      return { name };
    case 'diff':
    case 'history':
      return { name, ...application };
    case 'sync': {
      const applications = [...new Set(words.map((word) => applicationName(name, word)))];
      return {
        name,
        applications,
        prune: options.has('--prune'),
        dryRun: options.has('--dry-run'),
        ...(resources.length === 0 ? {} : { resources }),
      };
    }
    case 'terminate':
      if (first === undefined) throw wrong(name, '/terminate needs the name of an application');
      return { name, application: applicationName(name, first) };
    case 'rollback': {
      const to = second === undefined ? {} : { to: rollbackTarget(second) };
      return { name, ...application, ...to, now: options.has('--now') };
    }
  }
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
function applicationName(name: CommandName, word: string): string {
  if (word.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(word)) return word;
  throw wrong(
    name,
    `\`${shown(word)}\` can't be the name of an application: lower case letters, digits, \`-\` and \`.\` only`,
  );
}

/** Numbers of the history have few digits, commits at least seven: so a commit of digits only is told from a number. */
function rollbackTarget(word: string): RollbackTarget {
  if (/^\d{1,6}$/.test(word)) return { kind: 'id', id: Number(word) };
  if (/^[0-9a-f]{7,40}$/i.test(word)) return { kind: 'revision', revision: word.toLowerCase() };
  throw wrong(
    'rollback',
    `\`${shown(word)}\` is neither a number of \`/history\` nor a commit (7 to 40 hexadecimal digits)`,
  );
}

function unknownOption(name: CommandName, token: string): Problem {
  const meant = nearest(token, OPTIONS[name]);
  const question = meant === undefined ? '' : `: did you mean ${meant}?`;
  return wrong(name, `/${name} has no option \`${shown(token)}\`${question}`);
}

function wrong(name: CommandName, message: string): Problem {
  return new Problem('bad-command', message, { fix: `Write \`${USAGE[name]}\`.` });
}

/** A piece of a stranger's text, fit to stand between backticks in our answer: short, plain, nobody mentioned. */
function shown(word: string): string {
  const plain = word.replace(/[^\w./:=+-]/g, '?');
  return plain.length > 40 ? `${plain.slice(0, 40)}…` : plain;
}
