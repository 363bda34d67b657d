/** What becomes of a quick action when it is edited, field by field. */

import { isDeepStrictEqual } from 'node:util';
import type { QuickAction } from '../../protocol/control/quick-actions.ts';
import { lastedText } from '../run-text.ts';
import { shellLine } from '../shell-words.ts';

/** As `actions edit` calls them. */
const FIELDS = {
  name: 'rename',
  title: 'title',
  script: 'script',
  args: 'args',
  icon: 'icon',
  position: 'position',
  confirm: 'confirm',
  lock: 'lock',
  timeoutMs: 'timeout',
} as const satisfies Readonly<Record<keyof QuickAction, string>>;

type Value = QuickAction[keyof QuickAction];

export interface ActionChange {
  /** Key of the quick action in JSON. */
  readonly field: keyof QuickAction;
  readonly from: Value;
  readonly to: Value;
}

export function actionChanges(before: QuickAction, after: QuickAction): readonly ActionChange[] {
  return (Object.keys(FIELDS) as (keyof QuickAction)[])
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => ({ field, from: before[field], to: after[field] }));
}

/** `timeout: 10 min, was none`. */
export function changeText({ field, from, to }: ActionChange): string {
  return `${FIELDS[field]}: ${valueText(field, to)}, was ${valueText(field, from)}`;
}

function valueText(field: keyof QuickAction, value: Value): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return 'none';
  if (typeof value === 'number') return field === 'timeoutMs' ? lastedText(value) : String(value);
  return typeof value === 'string' ? JSON.stringify(value) : shellLine(value);
}
