import { readFile } from 'node:fs/promises';
import { projectOf } from '../catalog/project-of.ts';
import { readCatalogue } from '../catalog/read-catalogue.ts';
import type { Application } from '../spec/application.ts';
import { type Catalogue, hidesApplications } from '../spec/catalogue.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';

/** An AppProject of a file, with what it inherits, and what else the files hold. */
export interface ProjectFile {
  readonly project: AppProject;
  readonly application: Application | undefined;
  readonly settings: Catalogue['settings'];
  readonly warnings: readonly Problem[];
}

/**
 * Reads an AppProject, and an Application if one is named. The project file may hold several projects (then the
 * application says which), `argocd-cm` with its `globalProjects`, and cluster Secrets. Every Problem is `bad-command`:
 * exit code 1 is for the answer "no", and must not stand for a file that can't be read.
 */
export async function readProjectFile(file: string, applicationFile?: string): Promise<ProjectFile> {
  try {
    return await read(file, applicationFile);
  } catch (thrown) {
    const { message, where, fix } = asProblem(thrown);
    throw new Problem('bad-command', message, { where, ...(fix === undefined ? {} : { fix }) });
  }
}

async function read(file: string, applicationFile: string | undefined): Promise<ProjectFile> {
  const paths = [...new Set([file, ...(applicationFile === undefined ? [] : [applicationFile])])];
  const catalogue = readCatalogue('', await Promise.all(paths.map(readText)));
  const broken = catalogue.problems.find(
    (problem) => hidesApplications(problem) && problem.where.field !== 'spec.project',
  );
  if (broken !== undefined) throw broken;
  const application = applicationFile === undefined ? undefined : onlyApplication(catalogue, applicationFile);
  const written = catalogue.projects.filter(({ where }) => where.file === file).map(({ value }) => value.metadata.name);
  const name = written.length === 1 ? written[0] : written.find((each) => each === application?.spec.project);
  const project = name === undefined ? undefined : projectOf(name, catalogue);
  if (project === undefined) throw noProject(file, written, application);
  return { project, application, settings: catalogue.settings, warnings: catalogue.problems.filter(isWarning) };
}

function isWarning({ code }: Problem): boolean {
  return code === 'misconfigured' || code === 'unknown-field';
}

async function readText(path: string): Promise<{ readonly path: string; readonly text: string }> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Problem('not-found', `The file ${path} cannot be read.`, { where: { file: path } });
  return { path, text };
}

function onlyApplication({ applications }: Catalogue, file: string): Application {
  const found = applications.filter(({ where }) => where.file === file);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.value;
  const message =
    only === undefined ? `${file} holds no Application of Argo CD.` : `${file} holds several Applications.`;
  throw new Problem('bad-request', message, { where: { file }, fix: 'Name the manifest of one Application.' });
}

function noProject(file: string, names: readonly string[], application: Application | undefined): Problem {
  const message =
    names.length === 0
      ? `${file} holds no AppProject of Argo CD.`
      : application === undefined
        ? `${file} holds several projects: ${names.join(', ')}.`
        : `${file} does not hold project ${application.spec.project}, but ${names.join(', ')}.`;
  return new Problem('not-found', message, { where: { file }, fix: 'Name the manifest of one AppProject.' });
}
