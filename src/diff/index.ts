/**
 * What differs, and the only way out for it: every manifest that enters is redacted before it is compared, so a
 * `Change` holds no value of a Secret, whatever its shape.
 *
 * A preview compares two renders, a refresh or a sync compares renders with the cluster:
 *
 *     const marks = createMarks(installationKey);
 *     const base = withNamespace(renderedAtBase, kinds, destination.namespace);
 *     const head = withNamespace(renderedAtHead, kinds, destination.namespace);
 *     const preview = compareDesired(base, head, { marks });
 *     const drift = compareLive(head, live, { marks, ignoreDifferences });
 *     const text = unifiedDiff(change);
 *
 * Against the cluster only what we desire counts, and what we applied earlier and no longer desire: defaults, sidecars
 * and other people's labels never show. Values that mean the same (`1000m` and `1`, a missing and an empty map) are the
 * same; `normalise/` has a file for each such rule. What trimtab, Argo CD and the API server add is never shown.
 *
 * `jqPathExpressions` need an engine, and this folder has none: where `ignoreFilter(manifest, ignoreDifferences)` gives
 * a filter, run it over the desired manifest and the live one, and give the results to `compareLive`.
 */
export { compareDesired, compareLive } from './compare.ts';
export { ignoreFilter, ignoreFilters, ignoresOf, withoutIgnored } from './ignore.ts';
export { withoutDuplicateEnv } from './normalise/duplicate-env.ts';
export { withNamespace } from './normalise/namespace.ts';
export { narrowed } from './project.ts';
export { createMarks, holdsSecrets, type Marks } from './redact.ts';
export { unifiedDiff } from './unified.ts';
