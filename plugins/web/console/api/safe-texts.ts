/** What plugins and their authors have written, made safe once, where it comes in, for all places that show it. */

import { sanitise } from '../../../../src/cli/output/sanitise.ts';

/** The same with every text in it sanitised; what has nothing to be sanitised stays the same object. */
export function withSafeTexts<Value>(value: Value): Value {
  return safe(value) as Value;
}

function safe(value: unknown): unknown {
  if (typeof value === 'string') return sanitise(value);
  if (Array.isArray(value)) {
    const made = value.map(safe);
    return made.every((one, index) => one === value[index]) ? value : made;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const made = entries.map(([key, one]) => [key, safe(one)] as const);
  return made.every(([, one], index) => one === entries[index]?.[1]) ? value : Object.fromEntries(made);
}
