import type { Finding } from '../spec/finding.ts';

/** A finding as programs get it. */
export function findingJson({ severity, problem }: Finding): Readonly<Record<string, unknown>> {
  const { file, line, column, field, application, applicationSet } = problem.where;
  const { code, message, fix } = problem;
  return { severity, code, file, line, column, field, application, applicationSet, message, fix };
}

/** `file:line:column: severity: field: message`, as compilers write it, with what to do on a line below; `word` may stand for the severity. */
export function findingText({ severity, problem }: Finding, word: string = severity): string {
  const { file, line, column, field } = problem.where;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const parts = [place, word, field, problem.message].filter((part) => part !== undefined && part !== '');
  const fix = problem.fix === undefined || problem.fix === '' ? '' : `    fix: ${problem.fix}\n`;
  return `${parts.join(': ')}\n${fix}`;
}

/**
 * A workflow command that makes GitHub Actions show the finding at its line.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
 */
export function findingAnnotation({ severity, problem }: Finding, title: string): string {
  const { file, line, column, field } = problem.where;
  const properties = Object.entries({ file, line, col: column, title })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escaped(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`);
  const text = [field, problem.message].filter((part) => part !== undefined && part !== '').join(': ');
  const fix = problem.fix === undefined || problem.fix === '' ? '' : `\n${problem.fix}`;
  return `::${severity} ${properties.join(',')}::${escaped(text + fix)}\n`;
}

/** What ends a line ends the command, too: a manifest must not write one of its own. */
function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
