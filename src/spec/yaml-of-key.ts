import { type Document, isCollection, isScalar, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { check, type Locate } from './check.ts';
import { type FieldPath, fieldText, type ManifestDocument } from './documents.ts';
import { asProblem, Problem } from './problem.ts';
import { yamlMessage } from './yaml-message.ts';

/**
 * The YAML that stands as text under a key of a ConfigMap, checked. Fields that the schema does not know are added to
 * `problems`. Throws Problem `invalid-manifest` with the line of the file, not of the text.
 */
export function readYamlOfKey<T>(
  schema: z.ZodType<T>,
  key: string,
  source: string,
  document: ManifestDocument,
  problems: Problem[],
): T {
  const lines = new LineCounter();
  const parsed = parseDocument(source, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const outer = document.where(['data', key]);
  const firstLine = document.textLine(['data', key]);
  const locate: Locate = (path) => ({
    ...(outer.file === undefined ? {} : { file: outer.file }),
    line: firstLine + lines.linePos(offsetOf(parsed, path)).line - 1,
    field: [fieldText(['data', key]), fieldText(path)].filter((part) => part !== '').join(': '),
  });
  const [error] = parsed.errors;
  if (error !== undefined) {
    const line = firstLine + lines.linePos(error.pos[0]).line - 1;
    throw new Problem('invalid-manifest', `${key} is not valid YAML: ${yamlMessage(error.message)}`, {
      where: { ...locate([]), line },
      fix: 'Mend the YAML at this line; text with `{{` at its beginning needs quotes.',
    });
  }
  try {
    const checked = check(schema, parsed.toJS({ maxAliasCount: 100 }) ?? emptyOf(schema), locate);
    problems.push(...checked.warnings);
    return checked.value;
  } catch (thrown) {
    const problem = asProblem(thrown);
    throw new Problem('invalid-manifest', `${key}: ${problem.message}`, {
      where: { ...locate([]), ...problem.where },
      ...(problem.fix === undefined ? {} : { fix: problem.fix }),
    });
  }
}

/** An empty text is an empty list or an empty map, as in Go's YAML. */
function emptyOf(schema: z.ZodType<unknown>): unknown {
  return schema instanceof z.ZodArray ? [] : {};
}

function offsetOf(parsed: Document.Parsed, path: FieldPath): number {
  let node: unknown = parsed.contents;
  let offset = 0;
  for (const step of [undefined, ...path]) {
    if (step !== undefined) node = isCollection(node) ? node.get(step, true) : undefined;
    if (!isCollection(node) && !isScalar(node)) break;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}
