/** What plugins need of each other (`api.dependencies` of the metadata), as the control protocol shows it. */

import type { PluginStateName } from '../plugin-state.ts';

/** One dependency of a plugin, and whether it is met now. */
export interface DependencyStatus {
  /** Id of the plugin that is needed. */
  readonly plugin: string;
  /** semver range; `*` takes every version. */
  readonly range: string;
  /** False: it only decides the order, and does without. */
  readonly required: boolean;
  /** null: there is no such plugin. */
  readonly state: PluginStateName | null;
  readonly version: string | null;
  /** True when its version is in the range. */
  readonly fits: boolean;
}

export interface DependencyTreeParams {
  readonly plugin: string;
  /** Who needs it, instead of what it needs. */
  readonly reverse?: boolean;
}

/** A plugin and below it what it needs, or who needs it. The root has the range `*` and is required. */
export interface DependencyNode extends DependencyStatus {
  /** True where the tree would repeat itself: the plugin stands further up already, and nothing is below it here. */
  readonly isCycle: boolean;
  readonly nodes: readonly DependencyNode[];
}

export interface DependencyTreeResult {
  readonly tree: DependencyNode;
}
