import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readEnvironment } from '../../src/spec/environment.ts';
import { KEY, STATUS } from '../../src/state/table.ts';

/** The stack as a person reads it: `serverless.yml` and the files that it includes. */
interface Fn {
  readonly handler: string;
  readonly role: string;
  readonly timeout: number;
  readonly layers?: readonly unknown[];
  readonly environment: Readonly<Record<string, unknown>>;
  readonly events: readonly {
    readonly sqs?: { readonly arn: unknown; readonly functionResponseType: string; readonly batchSize: number };
    readonly httpApi?: string;
    readonly schedule?: { readonly rate: string; readonly input: unknown };
  }[];
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const root = join(import.meta.dirname, '../..');

function read(file: string): Record<string, unknown> {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/\$\{self:custom\.parameters\}/g, '/trimtab/dev');
  return parse(text, { merge: true }) as Record<string, unknown>;
}

const stack = read('serverless.yml') as unknown as {
  readonly functions: Readonly<Record<string, Fn>>;
  readonly provider: { readonly environment: Readonly<Record<string, unknown>> };
  readonly layers: Readonly<Record<string, { readonly package: { readonly artifact: string } }>>;
  readonly resources: readonly string[];
};
const resources = Object.assign(
  {},
  ...stack.resources.map((include) => read(/^\$\{file\((.+)\)\}$/.exec(include)?.[1] ?? include)['Resources']),
) as Readonly<Record<string, Resource>>;
const functions = Object.entries(stack.functions);
const names = functions.map(([name]) => name);

function fn(name: string): Fn {
  const found = stack.functions[name];
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
}

function statements(name: string): readonly Statement[] {
  const policies = resources[fn(name).role]?.Properties['Policies'] as readonly {
    readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  }[];
  return policies.flatMap((policy) => policy.PolicyDocument.Statement);
}

/** What a function may do, as `action resource` in one line each. */
function rights(name: string): readonly string[] {
  return statements(name).flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resourceName(resource)}`)),
  );
}

function resourceName(resource: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = resource as Record<string, unknown>;
  return String(Ref ?? (attribute as readonly string[] | undefined)?.[0] ?? text).replace(/^arn:.*:parameter/, '');
}

/** SSM parameters whose value a function may read. */
function secrets(name: string): readonly string[] {
  return rights(name)
    .filter((right) => right.startsWith('ssm:'))
    .map((right) => right.split(' ')[1] ?? '');
}

describe('each function', () => {
  it.each(names)('%s has a role that no other function has', (name) => {
    expect(resources[fn(name).role]?.Type).toBe('AWS::IAM::Role');
    expect(functions.filter(([, other]) => other.role === fn(name).role).map(([other]) => other)).toEqual([name]);
  });

  it.each(names)('%s is allowed nothing by wildcard, neither actions nor resources', (name) => {
    for (const right of rights(name)) expect(right).not.toMatch(/:\* | \*$/);
  });

  it.each(names)('%s has the variables that its handler cannot do without', (name) => {
    const handler = readFileSync(join(root, 'handlers', `${name}.ts`), 'utf8');
    const wiring = readFileSync(join(root, 'handlers/wiring.ts'), 'utf8');
    const shared = handler.includes('GITHUB_VARIABLES') ? wiring : '';
    const wanted = new Set(`${handler}${shared} TRIMTAB_TABLE`.match(/TRIMTAB_[A-Z_]+/g));
    const given = { ...stack.provider.environment, ...fn(name).environment };
    for (const variable of wanted) {
      if (variable in given) continue;
      expect(() => readEnvironment([variable as 'TRIMTAB_TABLE'], {}), `${variable} has no default`).not.toThrow();
    }
  });

  it.each(names)('%s may send to the queues that it knows, and to no other', (name) => {
    const known = Object.entries(fn(name).environment).filter(([variable]) => variable.startsWith('TRIMTAB_QUEUE_'));
    const sends = rights(name).filter((right) => right.startsWith('sqs:SendMessage '));
    expect(sends.map((right) => right.split(' ')[1]).sort()).toEqual(known.map(([, url]) => resourceName(url)).sort());
  });

  it.each(names)('%s may read the secrets that its variables name, and no other function needs more', (name) => {
    const named = Object.entries(fn(name).environment)
      .filter(([variable]) => variable.endsWith('_REF'))
      .map(([, reference]) => String(reference).replace(/^ssm:/, ''));
    const allowed = secrets(name);
    expect(named.filter((path) => !allowed.some((pattern) => matches(pattern, path)))).toEqual([]);
    expect(allowed.filter((pattern) => !named.some((path) => matches(pattern, path)))).toEqual([]);
  });

  it.each(names)('%s is held to the items of the table that are its own', (name) => {
    const heads = [KEY.operation('a'), KEY.facts('a'), KEY.lease('a'), KEY.once('a'), { pk: STATUS }].map(
      ({ pk }) => pk,
    );
    for (const { Action, Condition } of statements(name)) {
      if (![Action].flat().some((action) => action.startsWith('dynamodb:'))) continue;
      const patterns = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [];
      expect(patterns.length).toBeGreaterThan(0);
      for (const pattern of patterns) expect(heads.some((head) => matches(pattern, head))).toBe(true);
    }
  });

  it('holds no secret in its variables, only names of secrets', () => {
    for (const [, { environment }] of functions) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/SECRET|TOKEN|PASSWORD|PRIVATE|KUBECONFIG|KEY/.test(variable))
          expect(value).toMatch(/^ssm:\/trimtab\/dev\//);
      }
    }
  });
});

describe('what only one function may', () => {
  it('the Slack token is read by notify alone', () => {
    expect(names.filter((name) => secrets(name).some((path) => matches(path, '/trimtab/dev/slack-token')))).toEqual([
      'notify',
    ]);
  });

  it('credentials that change clusters are read by sync alone', () => {
    const path = '/trimtab/dev/cluster-write/kubeconfig';
    expect(names.filter((name) => secrets(name).some((pattern) => matches(pattern, path)))).toEqual(['sync']);
  });

  it('a preview, which runs untrusted charts, writes nothing in AWS and reaches no cluster', () => {
    expect(
      rights('preview').filter((right) => /Put|Delete(?!Message)|Update|Send/.test(right.replace('logs:Put', ''))),
    ).toEqual([]);
    expect(secrets('preview')).toEqual(['/trimtab/dev/private-key', '/trimtab/dev/mark-key']);
  });

  it('helm and kubectl come to the functions that render', () => {
    expect(names.filter((name) => fn(name).layers !== undefined)).toEqual(['preview', 'sync', 'refresh']);
    expect(names.filter((name) => fn(name).environment['TRIMTAB_HELM'] !== undefined)).toEqual([
      'preview',
      'sync',
      'refresh',
    ]);
  });
});

describe('each queue', () => {
  const consumers = functions.flatMap(([name, { events, timeout }]) =>
    events.flatMap(({ sqs }) => (sqs === undefined ? [] : [{ name, timeout, queue: resourceName(sqs.arn), sqs }])),
  );

  it('has one function, and each kind of job a queue', () => {
    expect(consumers.map(({ name, queue }) => [name, queue])).toEqual([
      ['preview', 'PreviewQueue'],
      ['command', 'CommandQueue'],
      ['sync', 'SyncQueue'],
      ['refresh', 'RefreshQueue'],
      ['notify', 'NotifyQueue'],
    ]);
  });

  it.each(consumers)('$queue gives $name time, and moves what fails too often to dead letters', (consumer) => {
    const { VisibilityTimeout, RedrivePolicy } = resources[consumer.queue]?.Properties ?? {};
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * consumer.timeout);
    const { deadLetterTargetArn, maxReceiveCount } = RedrivePolicy as Record<string, unknown>;
    expect(maxReceiveCount).toBeGreaterThanOrEqual(3);
    const dead = resources[resourceName(deadLetterTargetArn)];
    expect(dead?.Type).toBe('AWS::SQS::Queue');
    expect(dead?.Properties['RedrivePolicy']).toBeUndefined();
    expect(consumer.sqs.functionResponseType).toBe('ReportBatchItemFailures');
    expect(rights(consumer.name)).toContain(`sqs:ReceiveMessage ${consumer.queue}`);
  });
});

describe('the rest of the stack', () => {
  it('answers GitHub at / and /webhook, and looks at everything each three minutes', () => {
    expect(fn('webhook').events.map(({ httpApi }) => httpApi)).toEqual(['POST /', 'POST /webhook']);
    expect(fn('webhook').timeout).toBeLessThanOrEqual(10);
    expect(fn('refresh').events[0]?.schedule).toEqual({
      rate: 'rate(3 minutes)',
      input: { kind: 'refresh', scope: { of: 'all' } },
    });
  });

  it('keeps the table over a mistake, and lets it forget by itself', () => {
    expect(resources['Table']).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    });
  });

  it('names no resource that it does not have', () => {
    const generated = names.map((name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}LogGroup`);
    const layers = Object.keys(stack.layers).map(
      (name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaLayer`,
    );
    const known = new Set([...Object.keys(resources), ...generated, ...layers]);
    const used = references([stack.functions, stack.provider, resources]);
    expect(used.length).toBeGreaterThan(30);
    expect(used.filter((name) => !known.has(name) && !name.startsWith('AWS::'))).toEqual([]);
  });

  it('takes the layer from a file that the install brings', () => {
    const [layer] = Object.values(stack.layers);
    expect(
      readFileSync(join(root, layer?.package.artifact ?? ''))
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
  });
});

/** A name with `*` in it, as IAM reads it. */
function matches(pattern: string, name: string): boolean {
  const [head = '', tail] = pattern.split('*');
  return tail === undefined ? pattern === name : name.startsWith(head) && name.endsWith(tail);
}

/** Every logical id that a template names by Ref, Fn::GetAtt or Fn::Sub. */
function references(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String((inner as readonly unknown[])[0])];
    if (key === 'Fn::Sub') return [...String(inner).matchAll(/\$\{([\w:]+)(?:\.\w+)?\}/g)].map(([, name = '']) => name);
    return references(inner);
  });
}
