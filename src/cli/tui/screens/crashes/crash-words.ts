/** Texts of the command line on a terminal that may be without Unicode. */

import type { Look } from '../../look.ts';

/** The signs that the command line's texts use, as this terminal has them. */
export function inSigns(text: string, { signs }: Look): string {
  return text
    .replaceAll('→', signs.arrow)
    .replaceAll('·', signs.between)
    .replaceAll('–', signs.absent)
    .replaceAll('…', signs.ellipsis);
}
