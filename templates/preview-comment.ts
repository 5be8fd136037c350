import type { Change } from '../src/spec/change.ts';
import { resourceText } from '../src/spec/manifest.ts';
import type { ApplicationPreview, KeptApplications, Preview } from '../src/spec/preview.ts';
import { clusterWords, deletedWords, deletionWords, goingOf, leavingWords } from './leaving-words.ts';
import { cell, code, count, fenced, GITHUB_LIMIT, html, problemItem, problemText, short } from './markdown.ts';
import { type Block, fitting, paginate } from './pages.ts';

/** By this line, and by its author, the one comment of a pull request is found again. */
export const PREVIEW_MARKER = '<!-- trimtab:preview -->';

/** A change of more lines than this is folded away until the reader opens it. */
const FOLD_LINES = 80;

/** What goes to GitHub for one preview: the comment, and the whole diff in pages when the comment can't hold it. */
export interface PreviewText {
  readonly comment: string;
  readonly pages: readonly string[];
}

/**
 * The comment of a preview: a summary table that is always there, then each application with a diff for each changed
 * resource, what would be pruned, and warnings. What does not fit into GitHub's limit is left out whole, and said; it
 * then stands in `pages`, for the check.
 */
export function previewText(preview: Preview): PreviewText {
  const blocks = preview.applications.flatMap(applicationBlocks);
  const head = `${PREVIEW_MARKER}\n${headline(preview)}`;
  const problems = problemSection(preview, GITHUB_LIMIT / 4);
  const foot = footer(preview);
  const tableRoom = Math.floor((GITHUB_LIMIT - head.length - foot.length) / 2);
  const table = summaryTable(preview.applications, tableRoom);
  const kept = keptSection(preview.kept ?? []);
  const top = [head, table, kept, problems].filter((part) => part !== '').join('\n\n');
  const room = GITHUB_LIMIT - top.length - foot.length - 300;
  const shown = fitting(blocks, room);
  if (shown.left === 0) return { comment: join([top, shown.text, foot]), pages: [] };
  const pages = paginate(blocks, GITHUB_LIMIT - 200);
  const note =
    `> **${count(shown.left, 'part')} of ${blocks.length} not shown here**: the diff is longer than a GitHub comment may be. ` +
    `The whole diff is in the ${count(pages.length, 'check')} ${code('trimtab / diff')} of this commit.`;
  return { comment: join([top, shown.text, note, foot]), pages };
}

/** The comment when a pull request had a preview and no longer touches any application. */
export function nothingAffectedText(preview: Pick<Preview, 'base' | 'head'>): string {
  return join([
    `${PREVIEW_MARKER}\n### trimtab: no application changes`,
    'Merging this pull request changes none of the applications of the control repository.',
    footer(preview),
  ]);
}

/** The comment when there is nothing to compare: the pull request conflicts with its base. */
export function conflictText(pull: { readonly base: string; readonly head: string }): string {
  return join([
    `${PREVIEW_MARKER}\n### trimtab: no preview, the branch conflicts with ${code(pull.base)}`,
    `GitHub cannot merge ${code(short(pull.head))} into ${code(pull.base)}, so there is no merge result to render. ` +
      `Merge or rebase ${code(pull.base)} into the branch and push; the preview follows by itself.`,
  ]);
}

/** The comment on a pull request from a fork that nobody with write access has asked to preview yet. */
export function forkText(author: string): string {
  return join([
    `${PREVIEW_MARKER}\n### trimtab: waiting for \`/preview\``,
    `This pull request comes from a fork (${code(author)}). Its charts are not rendered until someone with write ` +
      'access to this repository comments `/preview`.',
  ]);
}

/** One line for the check's title and the head of the comment: `3 applications change, 1 new, 1 does not render`. */
export function summaryLine(preview: Preview): string {
  const { applications } = preview;
  const failing = applications.filter((application) => application.problem !== undefined).length;
  const refused = applications.filter((application) => application.conditions.length > 0).length;
  const created = applications.filter((a) => a.lifecycle === 'new' && a.problem === undefined).length;
  const deleted = applications.filter((a) => a.lifecycle === 'deleted').length;
  const changed = applications.filter(
    (a) => a.lifecycle === 'changed' && a.problem === undefined && a.changes.length > 0,
  ).length;
  const parts = [
    changed === 0 ? '' : `${count(changed, 'application')} ${changed === 1 ? 'changes' : 'change'}`,
    created === 0 ? '' : `${created} new`,
    deleted === 0 ? '' : `${deleted} deleted`,
    failing === 0 ? '' : `${failing} ${failing === 1 ? 'does' : 'do'} not render`,
    refused === 0 ? '' : `${refused} not permitted by ${refused === 1 ? 'its project' : 'their projects'}`,
  ].filter((part) => part !== '');
  if (parts.length > 0) return parts.join(', ');
  if (preview.problems.length > 0) return count(preview.problems.length, 'problem');
  return (preview.kept ?? []).length > 0 ? 'no changes: the set keeps its applications as they are' : 'no changes';
}

function headline(preview: Preview): string {
  return `### trimtab: ${summaryLine(preview)}`;
}

function summaryTable(applications: readonly ApplicationPreview[], room: number): string {
  if (applications.length === 0) return '';
  const header = '| application | project | change | prune | on merge |\n| --- | --- | --- | --- | --- |';
  let text = header;
  for (const [index, application] of applications.entries()) {
    const row = `\n${tableRow(application)}`;
    if (text.length + row.length > room) {
      return `${text}\n\n… and ${count(applications.length - index, 'more application')}.`;
    }
    text += row;
  }
  return text;
}

function tableRow(application: ApplicationPreview): string {
  const pruned = goingOf(application).length;
  const cells = [
    cell(application.application),
    cell(application.project),
    changeWords(application),
    pruned === 0 ? '' : `**${pruned}**`,
    mergeWords(application),
  ];
  return `| ${cells.join(' | ')} |`;
}

function changeWords(application: ApplicationPreview): string {
  if (application.problem !== undefined) return '❌ does not render';
  const of = (action: Change['action']): number => application.changes.filter((c) => c.action === action).length;
  const parts = [
    of('create') === 0 ? '' : `+${of('create')} created`,
    of('update') === 0 ? '' : `~${of('update')} changed`,
    of('delete') === 0 ? '' : `−${of('delete')} removed`,
  ].filter((part) => part !== '');
  const words = parts.length === 0 ? 'no change' : parts.join(', ');
  const lifecycle = { new: '**new** · ', deleted: '**deleted** · ', changed: '' }[application.lifecycle];
  const warned =
    application.conditions.length > 0 ? '❌ not permitted · ' : application.warnings.length > 0 ? '⚠️ ' : '';
  return `${warned}${lifecycle}${words}`;
}

function mergeWords(application: ApplicationPreview): string {
  if (application.lifecycle === 'deleted') return deletedWords(application);
  if (application.problem !== undefined) return '';
  if (application.held !== undefined) return '⏳ held back by a sync window';
  return application.automated ? 'syncs by itself' : `waits for ${code(`/sync ${application.application}`)}`;
}

function applicationBlocks(application: ApplicationPreview): readonly Block[] {
  const title = { new: ' (new)', deleted: ' (deleted)', changed: '' }[application.lifecycle];
  const heading = `#### ${code(application.application)}${title}`;
  const facts = [
    `To ${code(application.destination)}, because of ${code(application.because)}.`,
    deletionWords(application),
    clusterWords(application),
    heldWords(application),
  ].filter((part) => part !== '');
  const problem =
    application.problem === undefined ? '' : `❌ **Does not render.** ${problemText(application.problem)}`;
  const warnings = [
    ...application.conditions.map(
      (condition) => `- ❌ **Will not be synced**, ${condition.type}: ${code(condition.message)}`,
    ),
    ...application.warnings.map((warning) => `- ⚠️ ${problemItem(warning)}`),
  ].join('\n');
  const pruned = leavingWords(application);
  const intro = [facts.join(' '), problem, warnings, pruned].filter((part) => part !== '').join('\n\n');
  const all = application.changes.map((change, index) => ({ change, diff: application.diffs[index] ?? '' }));
  const changes = all
    .filter(({ change }) => !isVersionOnly(change))
    .map(({ change, diff }) => changeBlock(change, diff));
  const quiet = all.filter(({ change }) => isVersionOnly(change));
  return [intro, ...changes, ...quietBlocks(quiet)].map((body) => ({ heading, body }));
}

/** Labels that charts set anew at each release: they change with everything, and say nothing about any of it. */
const VERSION_LABEL = /\.labels\["(app\.kubernetes\.io\/version|helm\.sh\/chart)"\]$/;

function isVersionOnly(change: Change): boolean {
  return change.action === 'update' && change.fields.every((field) => VERSION_LABEL.test(field.path));
}

/** Resources in which only a version label changes, folded into one, so that they do not hide what matters. */
function quietBlocks(quiet: readonly { readonly change: Change; readonly diff: string }[]): readonly string[] {
  if (quiet.length === 0) return [];
  const names = quiet.map(({ change }) => html(resourceText(change.key))).join(', ');
  const diffs = quiet.map(({ change, diff }) => `${resourceText(change.key)}\n${diff}`).join('\n\n');
  const summary = `Only the version label changes in ${quiet.length}: ${names}`;
  return [`<details><summary>${summary}</summary>\n\n${fenced('diff', diffs)}\n\n</details>`];
}

function changeBlock(change: Change, diff: string): string {
  const sign = { create: '+', update: '~', delete: '−' }[change.action];
  const hook = change.hook ? ' (hook)' : '';
  const lines = diff.split('\n').length;
  const open = lines <= FOLD_LINES ? ' open' : '';
  const summary = `<b>${sign} ${html(resourceText(change.key))}</b>${hook}`;
  return `<details${open}><summary>${summary}</summary>\n\n${fenced('diff', diff)}\n\n</details>`;
}

function heldWords({ held, lifecycle }: ApplicationPreview): string {
  if (held === undefined || lifecycle === 'deleted') return '';
  const when = held.until === undefined ? 'while it holds' : `until **${held.until.replace(/:\d\d(\.\d+)?Z$/, 'Z')}**`;
  return `⏳ The merge will not sync it ${when}: ${code(held.because)}.`;
}

/** So many names are enough to see which applications are meant. */
const NAMES = 10;

/** What the change says of applications, and does not do, since their set keeps them. */
function keptSection(kept: readonly KeptApplications[]): string {
  return kept
    .map(({ set, by, what, applications }) => {
      const names = applications.slice(0, NAMES).map(code).join(', ');
      const more = applications.length > NAMES ? ` and ${applications.length - NAMES} more` : '';
      const words = what === 'removed' ? 'Would not be deleted' : 'Would not be updated';
      return `🔒 **${words}** (${code(by)} of ApplicationSet ${code(set)}): ${names}${more}.`;
    })
    .join('\n\n');
}

/** Whole items only: one that is cut could leave its code open, and what follows would be part of it. */
function problemSection(preview: Preview, room: number): string {
  if (preview.problems.length === 0) return '';
  let text = '**Manifests that cannot be read**\n';
  for (const [index, problem] of preview.problems.entries()) {
    const item = `\n- ${problemItem(problem)}`;
    if (text.length + item.length > room) return `${text}\n- … and ${preview.problems.length - index} more.`;
    text += item;
  }
  return text;
}

function footer(preview: Pick<Preview, 'base' | 'head'>): string {
  return (
    `<sub>${short(preview.base)} → ${short(preview.head)} merged · ` +
    'comment `/diff APP`, `/preview`, `/sync APP`, `/help`</sub>'
  );
}

function join(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
