import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCommand } from '../../handlers/command.ts';
import { createNotify } from '../../handlers/notify.ts';
import { createPreview } from '../../handlers/preview.ts';
import { createRefresh } from '../../handlers/refresh.ts';
import { createSync } from '../../handlers/sync.ts';
import { createWebhook } from '../../handlers/webhook.ts';
import { readEnvironment, type Variables } from '../../src/spec/environment.ts';
import { KEY, STATUS } from '../../src/state/table.ts';
import {
  environmentOf,
  fn,
  leadingKeys,
  matches,
  resourceName,
  resources,
  rights,
  root,
  stack,
  statements,
} from './stack.ts';

const functions = Object.entries(stack.functions);
const names = functions.map(([name]) => name);

/** Parameters and secrets whose value a function may read, by their paths. */
function secrets(name: string): readonly string[] {
  return rights(name)
    .filter((right) => /^(ssm|secretsmanager):/.test(right))
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

  it.each(names)(
    '%s is given every variable that it cannot do without, and none that it does not read',
    async (name) => {
      const read = await variablesReadBy(name);
      // Node's own: no function reads it.
      const given = Object.keys(environmentOf(name)).filter((variable) => variable !== 'NODE_OPTIONS');
      expect(given.filter((variable) => !read.has(variable))).toEqual([]);
      const wanted = [...read].filter((variable) => !hasDefault(variable));
      expect(wanted.filter((variable) => !given.includes(variable))).toEqual([]);
    },
  );

  it.each(names)('%s may send to the queues that it knows, and to no other', (name) => {
    const known = Object.entries(fn(name).environment).filter(([variable]) => variable.startsWith('TRIMTAB_QUEUE_'));
    const sends = rights(name).filter((right) => right.startsWith('sqs:SendMessage '));
    expect(sends.map((right) => right.split(' ')[1]).sort()).toEqual(known.map(([, url]) => resourceName(url)).sort());
  });

  it.each(names)('%s may read the secrets that its variables name, and no other function needs more', (name) => {
    const named = Object.entries(fn(name).environment)
      .filter(([variable]) => variable.endsWith('_REF') || /^TRIMTAB_(CLUSTER|REPOSITORY)_SECRETS$/.test(variable))
      .map(([, reference]) => String(reference).replace(/^ssm:/, '').replace(/\/$/, '/*'));
    const allowed = secrets(name);
    expect(named.filter((path) => !allowed.some((pattern) => matches(pattern, path)))).toEqual([]);
    expect(allowed.filter((pattern) => !named.some((path) => matches(pattern, path)))).toEqual([]);
  });

  it.each(names)('%s is held to the items of the table that are its own', (name) => {
    const heads = [KEY.operation('a'), KEY.facts('a'), KEY.lease('a'), KEY.once('a'), { pk: STATUS }].map(
      ({ pk }) => pk,
    );
    for (const statement of statements(name)) {
      if (![statement.Action].flat().some((action) => action.startsWith('dynamodb:'))) continue;
      const patterns = leadingKeys(statement);
      expect(patterns.length).toBeGreaterThan(0);
      for (const pattern of patterns) expect(heads.some((head) => matches(pattern, head))).toBe(true);
    }
  });

  it('holds no secret in its variables, only names of secrets', () => {
    for (const [, { environment }] of functions) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/SECRET|TOKEN|PASSWORD|PRIVATE|KUBECONFIG|KEY/.test(variable))
          expect(value).toMatch(/^(ssm:)?\/trimtab\/dev\//);
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
    for (const path of ['/trimtab/dev/kubeconfig-write', '/trimtab/dev/cluster-write/frankfurt']) {
      expect(names.filter((name) => secrets(name).some((pattern) => matches(pattern, path)))).toEqual(['sync']);
    }
  });

  it.each(['CLUSTER', 'REPOSITORY'])('a registration in Git can name no secret but those of a %s', (kind) => {
    for (const name of ['sync', 'refresh']) {
      const prefix = String(fn(name).environment[`TRIMTAB_${kind}_SECRETS`]);
      const others = names.flatMap((other) =>
        Object.values(fn(other).environment).filter((value) => String(value).startsWith('ssm:')),
      );
      expect(others.filter((reference) => String(reference).slice('ssm:'.length).startsWith(prefix))).toEqual([]);
    }
  });

  it('a preview, which runs untrusted charts, writes nothing in AWS and reaches no cluster', () => {
    expect(
      rights('preview').filter((right) => /Put|Delete(?!Message)|Update|Send/.test(right.replace('logs:Put', ''))),
    ).toEqual([]);
    const read = [
      '/trimtab/dev/repository/*',
      '/trimtab/dev/private-key',
      '/trimtab/dev/repository/*',
      '/trimtab/dev/mark-key',
    ];
    expect(secrets('preview')).toEqual(read);
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
    expect(maxReceiveCount).toBe(10);
    const dead = resources[resourceName(deadLetterTargetArn)];
    expect(dead?.Type).toBe('AWS::SQS::Queue');
    expect(dead?.Properties['RedrivePolicy']).toBeUndefined();
    expect(consumer.sqs.functionResponseType).toBe('ReportBatchItemFailures');
    expect(rights(consumer.name)).toContain(`sqs:ReceiveMessage ${consumer.queue}`);
    expect(rights(consumer.name)).toContain(`sqs:ChangeMessageVisibility ${consumer.queue}`);
  });
});

describe('the way to a running installation', () => {
  const guide = readFileSync(join(root, 'docs/deploy.md'), 'utf8');

  it('names every secret that a function reads', () => {
    const parameters = names.flatMap(secrets).map((path) => path.replace('/trimtab/dev/', '').replace('*', 'NAME'));
    expect(parameters.length).toBeGreaterThan(10);
    for (const parameter of parameters) expect(guide).toContain(`\`${parameter}\``);
  });

  it('names every function, and every setting that is to be chosen', () => {
    const chosen = readFileSync(join(root, 'serverless.yml'), 'utf8').matchAll(/\$\{env:(TRIMTAB_\w+)/g);
    for (const [, variable = ''] of chosen) expect(guide).toContain(variable);
    for (const name of names) expect(guide).toContain(`\`${name}\``);
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

const CREATE: Readonly<Record<string, (variables: Variables) => unknown>> = {
  webhook: createWebhook,
  preview: createPreview,
  command: createCommand,
  sync: createSync,
  refresh: createRefresh,
  notify: createNotify,
};

/** The variables that a function looks at when it starts, seen by starting it with none. */
async function variablesReadBy(name: string): Promise<ReadonlySet<string>> {
  const read = new Set<string>();
  const nothing: Variables = new Proxy(
    {},
    {
      get: (_, variable) => {
        read.add(String(variable));
        return undefined;
      },
    },
  );
  await expect(async () => await CREATE[name]?.(nothing)).rejects.toMatchObject({ code: 'misconfigured' });
  return read;
}

function hasDefault(variable: string): boolean {
  try {
    readEnvironment([variable as 'TRIMTAB_TABLE'], {});
    return true;
  } catch {
    return false;
  }
}
