/** Tables as the text of a TOML document. */

import { stringify } from 'smol-toml';

/** Without comments; `null` and undefined members are left out. */
export function writeToml(values: Readonly<Record<string, unknown>>): string {
  return stringify(values);
}
