/** Texts of torud, which begin small and end without a full stop, as sentences of their own; safe to be shown. */

import { sanitise } from '../../../../src/cli/output/sanitise.ts';

/** A program at its beginning stays as it is typed. */
const PROGRAM = /^(torud?|systemctl|journalctl|sudo|npm|kill|chmod|chown|ulimit)\b/;

export function sentence(text: string): string {
  const trimmed = sanitise(text.trim());
  if (trimmed === '') return '';
  const begun =
    /^[a-z]+[ ,]/.test(trimmed) && !PROGRAM.test(trimmed)
      ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
      : trimmed;
  return /[.!?…)]$/.test(begun) ? begun : `${begun}.`;
}
