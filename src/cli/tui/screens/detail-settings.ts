/** The settings of a plugin, each with where it came from. Pure. */

import type { SettingOrigin, ShowResult } from '../../../protocol/control/plugins.ts';
import { propertyText } from '../../commands/show.ts';
import { sanitiseField } from '../../output/sanitise.ts';
import { cutTo, padTo, widthOf } from '../../output/width.ts';
import { REMOVED, SecretFilter } from '../../secrets.ts';
import { BLANK, type Frame, type Line, line, type Role, span } from '../frame.ts';
import type { Context } from '../screen.ts';
import { factLines } from './detail-lines.ts';
import type { DetailState } from './detail-state.ts';

/** Stands where a value under a name like `password` does; `toru cat` has it. */
const HIDDEN = '(hidden)';

export function settingsLines({ id, questions }: DetailState, context: Context): Frame {
  const shown = questions.show.value;
  if (shown === undefined) return [];
  const { columns } = context.size;
  const head = headLines(shown, columns);
  if (shown.settings.length === 0) {
    const reason = String(shown.properties.reason ?? 'it is refused');
    return [
      ...head,
      line(span(` There are no settings: ${sanitiseField(reason)}.`, 'bad')),
      line(span(` E edits its drop-in; "toru edit ${id}" does the same.`, 'dim')),
    ];
  }
  const settings = withoutSecrets(shown.settings);
  const hasHidden = settings.some(({ value }) => value === HIDDEN);
  const isSet = (one: SettingOrigin): boolean => one.source !== 'built-in';
  const part = (title: string, ones: readonly SettingOrigin[]): Frame =>
    ones.length === 0 ? [] : [line(span(` ${title}`, 'title')), ...table(ones, settings, columns), BLANK];
  return [
    ...head,
    ...part('Set', settings.filter(isSet)),
    ...part(
      'By default',
      settings.filter((one) => !isSet(one)),
    ),
    ...(hasHidden ? [line(span(` ${HIDDEN}: "toru cat ${id}" shows it.`, 'dim'))] : []),
  ];
}

function headLines({ properties }: ShowResult, columns: number): Frame {
  const { path, command, digest } = properties;
  const fact = (label: string, value: unknown): Frame =>
    value === null || value === undefined
      ? []
      : factLines(label, propertyText(Array.isArray(value) ? value.join(' ') : value), columns);
  const digestText = typeof digest === 'string' ? digest.slice(0, 12) : undefined;
  return [...fact('Path', path), ...fact('Command', command), ...fact('Digest', digestText), BLANK];
}

/** As the CLI takes them out of crashes: values under names that look secret, and passwords in addresses. */
export function withoutSecrets(settings: readonly SettingOrigin[]): readonly SettingOrigin[] {
  const filter = new SecretFilter();
  for (const { key, value } of settings) filter.learnChange({ key, before: value, after: null });
  return settings.map((one) => {
    const { before } = filter.cleanChange({ key: one.key, before: one.value, after: null });
    return { ...one, value: before === REMOVED ? HIDDEN : before };
  });
}

/** The widths are those of all settings, so that both tables stand alike. */
function table(ones: readonly SettingOrigin[], all: readonly SettingOrigin[], columns: number): Frame {
  const widest = (texts: readonly string[], most: number): number =>
    Math.min(Math.max(...texts.map(widthOf)), Math.max(8, most));
  const keyWidth = widest(
    all.map(({ key }) => sanitiseField(key)),
    Math.floor(columns * 0.4),
  );
  const sourceWidth = widest(all.map(sourceOf), Math.floor((columns - keyWidth) * 0.5));
  const valueWidth = Math.max(6, columns - keyWidth - sourceWidth - 8);
  const shownWidth = Math.min(valueWidth, Math.max(...all.map((one) => widthOf(textOfValue(one)))));
  return ones.map((one): Line => {
    const role: Role = one.source === 'built-in' ? 'dim' : 'plain';
    return line(
      span(`   ${padTo(cutTo(sanitiseField(one.key), keyWidth), keyWidth)}`, role),
      span(`  ${padTo(cutTo(textOfValue(one), shownWidth), shownWidth)}`, role),
      span(`  ${tailOf(sourceOf(one), Math.max(sourceWidth, columns - keyWidth - shownWidth - 8))}`, 'dim'),
    );
  });
}

function textOfValue({ value }: SettingOrigin): string {
  return value === null ? 'not set' : sanitiseField(propertyText(value));
}

const SOURCES: Readonly<Record<string, string>> = { 'built-in': 'default', manifest: 'manifest' };

function sourceOf({ source }: SettingOrigin): string {
  return SOURCES[source] ?? sanitiseField(source);
}

/** The end of a path says which file it is. */
function tailOf(path: string, columns: number): string {
  if (widthOf(path) <= columns) return path;
  return path.slice(path.lastIndexOf('/') + 1);
}
