import { Problem } from '../spec/problem.ts';

export type Labels = Readonly<Record<string, string>>;

/**
 * A label selector as a test of labels: `team=shop`, `env!=test`, `tier in (web, api)`, `tier notin (db)`, `team`,
 * `!legacy`; commas mean and; nothing selects everything. Throws Problem `invalid-manifest`.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function labelSelector(text: string): (labels: Labels) => boolean {
  const requirements = split(text)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(requirement);
  return (labels) => requirements.every((holds) => holds(labels));
}

/** Cuts at commas that are not between parentheses. */
function split(text: string): readonly string[] {
  return text.match(/(?:[^,(]|\([^)]*\)?)+/g) ?? [];
}

function requirement(text: string): (labels: Labels) => boolean {
  const set = /^([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator = '', list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const has = (labels: Labels): boolean => values.some((value) => labelValue(labels, key) === value);
    return operator === 'in' ? has : (labels) => !has(labels);
  }
  const equality = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(text);
  if (equality !== null) {
    const [, key = '', operator = '', value = ''] = equality;
    const is = (labels: Labels): boolean => labelValue(labels, key) === value;
    return operator === '!=' ? (labels) => !is(labels) : is;
  }
  const existence = /^(!?)\s*([\w./-]+)$/.exec(text);
  if (existence !== null) {
    const [, not = '', key = ''] = existence;
    return (labels) => (labelValue(labels, key) === undefined) === (not === '!');
  }
  throw new Problem('invalid-manifest', `\`${text}\` is not a label selector`, {
    fix: 'Write for example `team=shop,env!=test`, `tier in (web, api)` or `!legacy`.',
  });
}

function labelValue(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
