/** Tables of what can be set: torud.toml, drop-ins, and a plugin's metadata. */

import { SETTING_NAMES, SETTING_SECTIONS, settingKey } from '../../src/daemon/base/config-keys.ts';
import { METADATA_FIELD_NAMES, REQUIRED_FIELDS } from '../../src/daemon/catalog/metadata-fields.ts';
import { bold, literal, section, sentence, term } from './roff.mts';
import { FIELD_TEXTS, SETTING_TEXTS } from './texts.mts';

export function settings(): string {
  const sections = [null, ...SETTING_SECTIONS];
  return sections
    .flatMap((name) => [
      section(name === null ? 'Top level' : `Table ${bold(`[${name}]`)}`),
      ...SETTING_NAMES.filter((setting) => settingKey(setting).section === name).map(setting),
    ])
    .join('\n');
}

function setting(name: (typeof SETTING_NAMES)[number]): string {
  const key = settingKey(name);
  const [usual = '', ...others] = key.spellings.keys();
  const also = others.length === 0 ? '' : `, also ${others.map(bold).join(', ')}`;
  const shown = key.shownAs.split('.').at(-1) ?? '';
  const unit = shown === usual ? '' : `${shown} = `;
  const value = key.show(key.builtIn);
  const builtIn = value === null ? 'none' : JSON.stringify(value);
  return term(
    `${bold(usual)}${also}`,
    `${sentence(SETTING_TEXTS[name])} Built-in value: ${literal(`${unit}${builtIn}`)}.`,
  );
}

export function metadataFields(): string {
  const required: ReadonlySet<string> = new Set(REQUIRED_FIELDS);
  return METADATA_FIELD_NAMES.map((name) =>
    term(`${bold(name)}${required.has(name) ? ' (required)' : ''}`, sentence(FIELD_TEXTS[name])),
  ).join('\n');
}
