/** What the editor gets and what is taken back: the drop-in, and below a line that marks the end, help. */

import type { SettingOrigin } from '../protocol/control/plugins.ts';
import { settingsLines } from './settings-text.ts';

const MARK = '### toru edit: everything from this line on is left out ###';

/** @param text of the drop-in; null without one */
export function toEditorText(
  plugin: string,
  path: string,
  text: string | null,
  settings: readonly SettingOrigin[],
): string {
  const head = text === null || text.trim() === '' ? '\n' : `${text.replace(/\n*$/, '')}\n`;
  const help = [
    MARK,
    `# Above it: ${path}, the drop-in of ${plugin}. Empty, it is removed.`,
    ...(settings.length === 0 ? [] : ['# In force now:', '#']),
    ...settingsLines(settings).map((line) => (line === '' ? '#' : `# ${line}`)),
  ];
  return `${head}\n${help.join('\n')}\n`;
}

/** The text above the mark, ended by one newline; empty when there is nothing but blanks. */
export function fromEditorText(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const mark = lines.indexOf(MARK);
  return tidied((mark === -1 ? lines : lines.slice(0, mark)).join('\n'));
}

/** As it is compared: blanks at the end do not count. */
export function tidied(text: string): string {
  const kept = text.replace(/\s+$/, '');
  return kept === '' ? '' : `${kept}\n`;
}
