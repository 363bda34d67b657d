import type { BuildOptions } from 'esbuild';

export interface BundleEntry {
  readonly source: string;
  readonly bundle: string;
  /** Named in the message about a Node that is too old; empty: not a program of its own. */
  readonly program: string;
  /** Without blanks and long names, so that it is read sooner. */
  readonly isSmall?: boolean;
}

export const BUNDLES: readonly BundleEntry[];
/** Ids of the plugins that are parts of toru. */
export const MODULES: ReadonlySet<string>;
export function bundleOptions(entry: BundleEntry, checkout: string): BuildOptions & { metafile: true };
export function pluginBundle(id: string, checkout: string): BundleEntry | undefined;
