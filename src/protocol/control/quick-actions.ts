/** Quick actions: named buttons and short commands for scripts with their arguments, in an order of the admin's. */

export interface QuickAction {
  /** Letters, digits, `-`, `_`, `.`; unique. */
  readonly name: string;
  /** What people read; the name unless set. */
  readonly title: string;
  readonly script: string;
  readonly args: readonly string[];
  /** One emoji, or empty. */
  readonly icon: string;
  /** Place in the list, from 1. */
  readonly position: number;
  /** Asked before it is run where people click; null: it is not asked. */
  readonly confirm: string | null;
  readonly lock: string | null;
  readonly timeoutMs: number | null;
}

export interface QuickActionListResult {
  /** By position. */
  readonly actions: readonly QuickAction[];
}

/** What an admin may set; what is absent stays, or is the default of a new one. null takes a value away. */
export interface QuickActionFields {
  readonly title?: string | null;
  readonly script?: string;
  readonly args?: readonly string[];
  readonly icon?: string | null;
  readonly position?: number;
  readonly confirm?: string | null;
  readonly lock?: string | null;
  readonly timeoutMs?: number | null;
}

export interface QuickActionSetParams extends QuickActionFields {
  readonly name: string;
  /** `create`: it must be new (`conflict`), and needs a script; `edit`: it must be there (`not_found`). */
  readonly mode: 'create' | 'edit';
  /** A new name for it. Only with `edit`. */
  readonly rename?: string;
  readonly dryRun?: boolean;
}

export interface QuickActionSetResult {
  readonly action: QuickAction;
  readonly changed: boolean;
}

export interface QuickActionRemoveParams {
  readonly name: string;
  readonly dryRun?: boolean;
}

export interface QuickActionRemoveResult {
  readonly changed: boolean;
}

export interface QuickActionRunParams {
  readonly name: string;
  readonly noQueue?: boolean;
  readonly dryRun?: boolean;
}
