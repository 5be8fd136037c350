import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

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

/** The top folder of the repository. */
export const root: string = join(import.meta.dirname, '../..');

function read(file: string): Record<string, unknown> {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/\$\{self:custom\.parameters\}/g, '/trimtab/dev');
  return parse(text, { merge: true }) as Record<string, unknown>;
}

export const stack = read('serverless.yml') as unknown as {
  readonly functions: Readonly<Record<string, Fn>>;
  readonly provider: { readonly environment: Readonly<Record<string, unknown>> };
  readonly layers: Readonly<Record<string, { readonly package: { readonly artifact: string } }>>;
  readonly resources: readonly string[];
};

export const resources: Readonly<Record<string, Resource>> = Object.assign(
  {},
  ...stack.resources.map((include) => read(/^\$\{file\((.+)\)\}$/.exec(include)?.[1] ?? include)['Resources']),
);

/** A function by its name. */
export function fn(name: string): Fn {
  const found = stack.functions[name];
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
}

/** Every variable that a function is given. */
export function environmentOf(name: string): Readonly<Record<string, unknown>> {
  return { ...stack.provider.environment, ...fn(name).environment };
}

/** What the role of a function allows. */
export function statements(name: string): readonly Statement[] {
  const policies = resources[fn(name).role]?.Properties['Policies'] as readonly {
    readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  }[];
  return policies.flatMap((policy) => policy.PolicyDocument.Statement);
}

/** The partitions of the table that a statement is held to: `dynamodb:LeadingKeys`. */
export function leadingKeys({ Condition }: Pick<Statement, 'Condition'>): readonly string[] {
  return Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [];
}

/** What a function may do, as `action resource` in one line each. */
export function rights(name: string): readonly string[] {
  return statements(name).flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resourceName(resource)}`)),
  );
}

/** The logical id that a reference names, or the path of a parameter or secret. */
export function resourceName(resource: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = resource as Record<string, unknown>;
  return String(Ref ?? (attribute as readonly string[] | undefined)?.[0] ?? text).replace(
    /^arn:.*:(parameter|secret:)/,
    '',
  );
}

/** A name with `*` in it, as IAM reads it. */
export function matches(pattern: string, name: string): boolean {
  const [head = '', tail] = pattern.split('*');
  return tail === undefined ? pattern === name : name.startsWith(head) && name.endsWith(tail);
}
