import { badRequest } from './api-error.ts';
import { type Json, objectAt, textAt, valueAt } from './json.ts';

/** Whether an object is meant. */
export type Selector = (object: Json) => boolean;

/**
 * Reads a label selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. Undefined when it selects everything; 400 when it is none.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function labelSelector(text: string): Selector | undefined {
  if (text.trim() === '') return undefined;
  const terms = splitTerms(text).map((term) => labelTerm(term.trim(), text));
  return (object) => {
    const labels = objectAt(object, 'metadata', 'labels');
    return terms.every((term) => term(labels));
  };
}

/** Splits at commas that stand outside of parentheses. */
function splitTerms(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/);
}

function labelTerm(term: string, whole: string): (labels: Json) => boolean {
  const list = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (list !== null) {
    const [, key = '', operator = '', written = ''] = list;
    const values = written.split(',').map((value) => value.trim());
    const within = (labels: Json) => values.includes(textAt(labels, key)) && labels[key] !== undefined;
    return operator === 'in' ? within : (labels) => !within(labels);
  }
  const pair = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(term);
  if (pair !== null) {
    const [, key = '', operator = '', value = ''] = pair;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const alone = /^(!?)\s*([A-Za-z0-9][-A-Za-z0-9_./]*)$/.exec(term);
  if (alone === null) {
    throw badRequest(`unable to parse requirement: found '${term}', expected: a label selector (in '${whole}')`);
  }
  const [, not = '', key = ''] = alone;
  return (labels) => (labels[key] === undefined) === (not === '!');
}

/** Fields besides name and namespace that the API server lets one select by. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  Event: [
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'reason',
    'type',
  ],
  Job: ['status.successful'],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
  Pod: ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  ReplicaSet: ['status.replicas'],
  Secret: ['type'],
  Service: ['spec.clusterIP', 'spec.type'],
};

/**
 * Reads a field selector: `metadata.name=web,status.phase!=Running`. Undefined when it selects everything; 400 for fields that
 * the kind cannot be selected by.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function fieldSelector(text: string, kind: string): Selector | undefined {
  if (text.trim() === '') return undefined;
  const own = SELECTABLE[kind];
  const known = ['metadata.name', 'metadata.namespace', ...(own ?? [])];
  const terms = text.split(',').map((term) => {
    const found = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim());
    if (found === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator = '', value = ''] = found;
    if (!known.includes(field)) {
      const rule = `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
      throw badRequest(own === undefined ? rule : `field label not supported: ${field}`);
    }
    return { path: field.split('.'), equal: operator !== '!=', value };
  });
  return (object) =>
    terms.every(({ path, equal, value }) => {
      const found = valueAt(object, ...path);
      return (String(found ?? '') === value) === equal;
    });
}

/** Both selectors together; undefined when neither narrows anything. */
export function both(a: Selector | undefined, b: Selector | undefined): Selector | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return (object) => a(object) && b(object);
}
