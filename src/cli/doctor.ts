import { type Command, Option } from 'commander';
import { doctor } from '../flows/doctor.ts';
import type { Finding } from '../spec/finding.ts';
import { findingJson, findingText } from './findings.ts';
import { openFolder } from './folder.ts';
import { clock, engines } from './repository.ts';
import { EXIT } from './show-problem.ts';

interface DoctorOptions {
  readonly output: 'text' | 'json';
}

/** Adds `trimtab doctor [DIR]`. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what in a repository would behave differently from Argo CD, and what is not supported')
    .argument('[dir]', 'a folder, in a clone or not', '.')
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Reads files as they lie on the disk. Exits 1 when there is something to say, 0 when there is nothing.

Examples:
  trimtab doctor
  trimtab doctor ../platform -o json | jq -r '.findings[] | select(.kind == "unsupported") | .file'
`,
    )
    .action((dir: string, options: DoctorOptions) => examine(dir, options));
}

async function examine(dir: string, options: DoctorOptions): Promise<void> {
  const { files, source } = await openFolder(dir);
  const findings = await doctor(files, { source, engines: engines(), clock });
  process.stdout.write(options.output === 'json' ? json(findings) : text(findings, files.length));
  if (findings.length > 0) process.exitCode = EXIT.problem;
}

const KIND = { error: 'unsupported', warning: 'differs' } as const;

function json(findings: readonly Finding[]): string {
  const shown = findings.map((finding) => {
    const { severity: _severity, code: _code, ...rest } = findingJson(finding);
    return { kind: KIND[finding.severity], ...rest };
  });
  return `${JSON.stringify({ findings: shown }, null, 2)}\n`;
}

const WORDS = { error: 'not supported', warning: 'differs' } as const;

function text(findings: readonly Finding[], files: number): string {
  if (findings.length > 0) return findings.map((finding) => findingText(finding, WORDS[finding.severity])).join('');
  if (files === 0) return 'No file here holds Argo CD manifests.\n';
  return 'Nothing found: all that is here works as in Argo CD.\n';
}
