/** What `kustomize.buildOptions` of `argocd-cm` says, as far as trimtab builds by it. */
export interface BuildOptions {
  /** `--enable-helm`: kustomizations may inflate Helm charts. */
  readonly enableHelm: boolean;
  /** `--helm-api-versions`: what charts are told beside what the cluster serves. */
  readonly helmApiVersions: readonly string[];
  /** Flags that have no effect here, with what follows from it: kustomizations that need one fail and say so. */
  readonly ignored: readonly { readonly flag: string; readonly because: string }[];
  /** Flags that may change what comes out, and that trimtab can't do. Nothing is built with them. */
  readonly refused: readonly string[];
}

/** Flags that let a build do more, or that change nothing of what is applied. Those with a value are told apart. */
const IGNORED: Readonly<Record<string, { readonly because: string; readonly value?: true }>> = {
  'enable-alpha-plugins': { because: 'trimtab runs no plugins' },
  'enable-exec': { because: 'trimtab runs no plugins' },
  'enable-star': { because: 'trimtab runs no plugins' },
  'as-current-user': { because: 'trimtab runs no plugins' },
  network: { because: 'trimtab runs no plugins' },
  'network-name': { because: 'trimtab runs no plugins', value: true },
  env: { because: 'trimtab runs no plugins', value: true },
  mount: { because: 'trimtab runs no plugins', value: true },
  reorder: { because: 'a sync orders the manifests in any case', value: true },
  'helm-command': { because: "charts are inflated by trimtab's own helm", value: true },
  'helm-kube-version': { because: 'charts are told the version of the cluster, as Argo CD tells it', value: true },
  'helm-debug': { because: 'what is applied is the same' },
};

const SHORT: Readonly<Record<string, string>> = { e: 'env', o: 'output' };

/**
 * Reads `kustomize.buildOptions`. Argo CD cuts it at blanks, so nothing can be quoted. Never throws.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/#kustomize-build-optionsparameters
 */
export function readBuildOptions(text = ''): BuildOptions {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const found = { enableHelm: false, helmApiVersions: [] as string[] };
  const ignored: { flag: string; because: string }[] = [];
  const refused: string[] = [];
  while (words.length > 0) {
    const word = words.shift() ?? '';
    const [, dashes = '', written = '', given] = /^(--?)([^=]+)(?:=(.*))?$/.exec(word) ?? [];
    const name = dashes === '-' ? (SHORT[written] ?? written) : written;
    const value = (): string => given ?? words.shift() ?? '';
    const known = IGNORED[name];
    if (name === 'enable-helm') found.enableHelm = given === undefined || /^(1|t|true)$/i.test(given);
    else if (name === 'helm-api-versions') found.helmApiVersions.push(value());
    else if (name === 'load-restrictor') {
      if (value() !== 'LoadRestrictionsRootOnly') ignored.push({ flag: `--${name}`, because: RESTRICTED });
    } else if (known !== undefined) {
      if (known.value === true) value();
      ignored.push({ flag: `--${name}`, because: known.because });
    } else refused.push(written === '' ? word : `${dashes}${written}`);
  }
  return { ...found, ignored, refused };
}

const RESTRICTED = 'a kustomization reads files of its own folder only, and those of its bases';
