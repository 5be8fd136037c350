import { ANNOTATION } from '../spec/annotations.ts';
import { type Application, sourcesOf } from '../spec/application.ts';
import { pathGlob } from './generators/path-glob.ts';

/**
 * Whether `argocd.argoproj.io/manifest-generate-paths` of an application names a file (a path from the root of the
 * repository); true where there is no such annotation. Entries stand between semicolons: from the root when they begin with
 * `/`, else from the path of a source; each is a file, a folder, or a glob of Go's path.Match.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/#manifest-paths-annotation
 */
export function isGeneratePath(application: Application, file: string): boolean {
  const annotation = application.metadata.annotations?.[ANNOTATION.manifestGeneratePaths] ?? '';
  const entries = annotation.split(';').map((entry) => entry.trim());
  const written = entries.filter((entry) => entry !== '');
  if (written.length === 0) return true;
  const paths = written.flatMap((entry) =>
    entry.startsWith('/') ? [entry] : sourcesOf(application).map(({ path = '' }) => `${path}/${entry}`),
  );
  return paths
    .map(plain)
    .some((path) => path === '' || file === path || file.startsWith(`${path}/`) || matches(path, file));
}

function matches(glob: string, file: string): boolean {
  return /[*?[]/.test(glob) && pathGlob(glob, 'path')?.(file) === true;
}

/** Without `.`, `..` and doubled slashes; '' is the root. */
function plain(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.join('/');
}
