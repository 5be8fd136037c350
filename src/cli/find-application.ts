import { readFile } from 'node:fs/promises';
import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { readDocuments } from '../spec/documents.ts';
import { nearest } from '../spec/nearest.ts';
import { parseApplication } from '../spec/parse-application.ts';
import { Problem } from '../spec/problem.ts';

/** Whether an APP argument is the path of a manifest, and not the name of an application. */
export function isPath(wanted: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/i.test(wanted);
}

/**
 * The Application of that name. Throws Problem `not-found` that names the near or the known ones, or the problem of its
 * manifest when that can't be read.
 */
export function findApplication(name: string, catalogue: Catalogue, place: string): Parsed<Application> {
  const found = catalogue.applications.find((one) => applicationName(one.value) === name);
  if (found !== undefined) return found;
  const unreadable = catalogue.problems.find((problem) => problem.where.application === name);
  if (unreadable !== undefined) throw unreadable;
  const names = catalogue.applications.map((one) => applicationName(one.value)).sort();
  if (names.length === 0) throw noApplications(catalogue, place);
  const near = nearest(name, names);
  throw new Problem('not-found', `There is no application ${name} in ${place}.`, {
    fix: near === undefined ? `Its applications are: ${names.join(', ')}.` : `Did you mean ${near}?`,
  });
}

/** The problem of a repository without any Application: that of its first broken manifest, if there is one. */
export function noApplications(catalogue: Catalogue, place: string): Problem {
  return (
    catalogue.problems[0] ??
    new Problem('not-found', `There are no Argo CD Applications in ${place}.`, {
      fix: 'Is it the repository that holds your Application manifests, and are they committed?',
    })
  );
}

/** Reads the one Application of a file. Throws Problem with file, line and field. */
export async function readApplicationFile(path: string): Promise<Parsed<Application>> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Problem('not-found', `The file ${path} cannot be read.`, { where: { file: path } });
  const { documents, problems } = readDocuments({ path, text });
  const [broken] = problems;
  if (broken !== undefined) throw broken;
  const found = documents.filter(
    ({ kind, apiVersion }) => kind === 'Application' && apiVersion.startsWith('argoproj.io/'),
  );
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return parseApplication(first);
  const names = found.map((document) => document.name).join(', ');
  throw new Problem(
    'bad-request',
    first === undefined ? `${path} holds no Application of Argo CD.` : `${path} holds several Applications: ${names}.`,
    { where: { file: path }, fix: 'Commit it and give the name of the application instead.' },
  );
}
