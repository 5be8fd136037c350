import { type Command, Option } from 'commander';
import { validate } from '../flows/validate.ts';
import type { Finding } from '../spec/finding.ts';
import { whereText } from '../spec/problem.ts';
import { findingAnnotation, findingJson, findingText } from './findings.ts';
import { openFolder } from './folder.ts';
import { type Mapping, mapOption } from './options.ts';
import { clock, engines } from './repository.ts';
import { EXIT, say } from './show-problem.ts';

interface ValidateOptions {
  readonly strict?: true;
  readonly map: Mapping;
  readonly output: 'text' | 'json' | 'github';
}

/** Adds `trimtab validate [DIR]`. */
export function addValidate(program: Command): void {
  program
    .command('validate')
    .description('check every Argo CD manifest below a folder, for CI and before a commit')
    .argument('[dir]', 'a folder, in a clone or not', '.')
    .option('--strict', 'warnings fail, too')
    .addOption(mapOption())
    .addOption(
      new Option('-o, --output <format>', 'for people, for programs, or annotations of GitHub Actions')
        .choices(['text', 'json', 'github'])
        .default('text'),
    )
    .addHelpText(
      'after',
      `
Reads files as they lie on the disk. Exits 1 when there is an error; warnings (what Argo CD does and trimtab does not)
fail only with --strict.

Examples:
  trimtab validate
  trimtab validate argocd --strict --map https://github.com/acme/teams=../teams
  trimtab validate -o github
`,
    )
    .action((dir: string, options: ValidateOptions) => validateFolder(dir, options));
}

async function validateFolder(dir: string, options: ValidateOptions): Promise<void> {
  const folder = await openFolder(dir, options.map);
  const { findings, unread } = await validate(folder.files, { ...folder, engines: engines(), clock });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  process.stdout.write(shown(findings, { files: folder.files.length, errors, warnings }, options.output));
  for (const { message, fix = '', where } of unread) {
    say(`${whereText(where)}: what this set generates is not checked: ${message}. ${fix}`.trim());
  }
  if (options.output === 'text') say(summary(folder.files.length, errors, warnings));
  if (errors > 0 || (options.strict === true && warnings > 0)) process.exitCode = EXIT.problem;
}

function shown(findings: readonly Finding[], counts: object, format: ValidateOptions['output']): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ ...counts, problems: findings.map(findingJson) }, null, 2)}\n`;
    case 'github':
      return findings.map((finding) => findingAnnotation(finding, 'trimtab validate')).join('');
    case 'text':
      return findings.map((finding) => findingText(finding)).join('');
  }
}

function summary(files: number, errors: number, warnings: number): string {
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  const found =
    errors + warnings === 0 ? 'nothing to complain of' : `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  return `${count(files, 'file')} with Argo CD manifests: ${found}.`;
}
