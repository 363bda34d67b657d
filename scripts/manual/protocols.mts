/** Tables of the two protocols. */

import { METHODS } from '../../src/protocol/control/methods.ts';
import { PLUGIN_ERROR_CODES } from '../../src/protocol/plugin/envelope.ts';
import { bold, italic, sentence, term } from './roff.mts';
import { PLUGIN_ERROR_TEXTS } from './texts.mts';

export function methods(): string {
  return Object.entries(METHODS)
    .map(([name, row]) => {
      const facts = [`needs ${row.role}`, row.isStream ? 'a stream' : '', row.isChange ? 'is audited' : ''];
      const errors = row.errors.length === 0 ? '' : ` Errors: ${row.errors.join(', ')}.`;
      return term(
        bold(name),
        `${sentence(row.does)} ${sentence(facts.filter(Boolean).join(', '))}${errors} Capability: ${italic(row.capability)}.`,
      );
    })
    .join('\n');
}

export function pluginErrors(): string {
  return PLUGIN_ERROR_CODES.map((code) => term(bold(code), sentence(PLUGIN_ERROR_TEXTS[code]))).join('\n');
}
