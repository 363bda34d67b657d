/** Takes secrets out of a settings file that cannot be parsed, by the tables that its lines stand in. */

import type { OnSecret } from './redact-text.ts';
import { REMOVED } from './redact-text.ts';
import { isSecretName } from './secret-names.ts';

/** Tables whose values are the user's own: any of them may be secret. */
const OWN_TABLES = new Set(['environment', 'config']);

export function isOwnTable(name: string): boolean {
  return OWN_TABLES.has(name);
}

/** `environment.TOKEN`, `defaults.config.a`: a setting in such a table, named by its path. */
export function isInOwnTable(path: string): boolean {
  return path.split('.').some(isOwnTable);
}

/** @returns the text without values of such tables, and how many lines lost one */
export function redactTables(text: string, onSecret: OnSecret): { text: string; count: number } {
  let count = 0;
  let isSecret = false;
  const lines = text.split('\n').map((line) => {
    const header = /^\s*\[{1,2}([^[\]=]{1,200})\]{1,2}\s*(?:#.*)?$/.exec(line)?.[1];
    if (header !== undefined) {
      isSecret = isInOwnTable(header.replace(/[\s"']/g, '')) || isSecretName(header);
      return line;
    }
    const dotted = /^\s*["']?(?:environment|config)["']?\s*[.=]/.test(line);
    if ((!isSecret && !dotted) || /^\s*$/.test(line)) return line;
    count += 1;
    const at = /^\s*[\w."'-]{1,200}\s*=/.exec(line)?.[0];
    const value = at === undefined ? line : line.slice(at.length);
    for (const quoted of value.matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)) onSecret(quoted[1] ?? quoted[2] ?? '');
    onSecret(value.trim());
    return at === undefined ? REMOVED : `${at} "${REMOVED}"`;
  });
  return { text: lines.join('\n'), count };
}
