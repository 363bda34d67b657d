/** The settings of a plugin, each with where it came from. Pure. */

import type { SettingOrigin, ShowResult } from '../../../../protocol/control/plugins.ts';
import { propertyText } from '../../../commands/show.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { REMOVED, SecretFilter } from '../../../secrets.ts';
import { BLANK, type Frame, line, type Role, span } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { broken, factLines } from './detail-lines.ts';
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
      BLANK,
      line(span(` There are no settings: ${sanitiseField(reason)}.`, 'bad')),
      line(span(` E edits its drop-in; "toru edit ${id}" does the same.`, 'dim')),
    ];
  }
  const { settings, hasHidden } = withoutSecrets(shown.settings);
  const widths = widthsOf(settings, columns);
  const isSet = (one: SettingOrigin): boolean => one.source !== 'built-in';
  const part = (title: string, ones: readonly SettingOrigin[]): Frame =>
    ones.length === 0 ? [] : [BLANK, line(span(` ${title}`, 'title')), ...table(ones, widths)];
  return [
    ...head,
    ...part('Set', settings.filter(isSet)),
    ...part(
      'By default',
      settings.filter((one) => !isSet(one)),
    ),
    ...(hasHidden ? [BLANK, line(span(` ${HIDDEN}: "toru cat ${id}" shows what.`, 'dim'))] : []),
  ];
}

function headLines({ properties }: ShowResult, columns: number): Frame {
  const { path, command, digest } = properties;
  const fact = (label: string, value: unknown): Frame =>
    value === null || value === undefined
      ? []
      : factLines(label, propertyText(Array.isArray(value) ? value.join(' ') : value), columns);
  const digestText = typeof digest === 'string' ? digest.slice(0, 12) : undefined;
  return [...fact('Path', path), ...fact('Command', command), ...fact('Digest', digestText)];
}

/**
 * As the CLI takes them out of crashes: values under names that look secret, and passwords in addresses. torud has
 * taken them out already for who is no admin.
 */
function withoutSecrets(all: readonly SettingOrigin[]): {
  settings: readonly SettingOrigin[];
  hasHidden: boolean;
} {
  const filter = new SecretFilter();
  const isOpen = ({ value }: SettingOrigin): boolean =>
    typeof value !== 'string' || !value.startsWith('(hidden: ');
  for (const { key, value } of all.filter(isOpen)) filter.learnChange({ key, before: value, after: null });
  const settings = all.map((one) => {
    if (!isOpen(one)) return one;
    const { before } = filter.cleanChange({ key: one.key, before: one.value, after: null });
    return { ...one, value: typeof before === 'string' ? before.replaceAll(REMOVED, HIDDEN) : before };
  });
  return { settings, hasHidden: filter.removed.size > 0 };
}

interface Widths {
  readonly key: number;
  readonly value: number;
  /** Files by their names alone. */
  readonly isShort: boolean;
}

/** Of all settings, so that both tables stand alike. A file loses its folders before a value is broken. */
function widthsOf(all: readonly SettingOrigin[], columns: number): Widths {
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));
  const key = Math.min(widest(all.map(keyOf)), Math.max(12, Math.floor(columns * 0.4)));
  const value = widest(all.map(textOfValue));
  const room = columns - key - GAPS;
  const isShort = value + widest(all.map((one) => sourceOf(one, false))) > room;
  const source = widest(all.map((one) => sourceOf(one, isShort)));
  return { key, value: Math.max(MIN_VALUE_WIDTH, Math.min(value, room - source)), isShort };
}

/** Before the key, and between the columns. */
const GAPS = 8;
const MIN_VALUE_WIDTH = 12;

function table(ones: readonly SettingOrigin[], widths: Widths): Frame {
  return ones.flatMap((one): Frame => {
    const role: Role = one.source === 'built-in' ? 'dim' : 'plain';
    return broken(textOfValue(one), widths.value).map((part, at) =>
      line(
        span(`   ${padTo(at === 0 ? cutTo(keyOf(one), widths.key) : '', widths.key)}`, role),
        span(`  ${padTo(part, widths.value)}`, role),
        span(at === 0 ? `  ${sourceOf(one, widths.isShort)}` : '', 'dim'),
      ),
    );
  });
}

function keyOf({ key }: SettingOrigin): string {
  return sanitiseField(key);
}

function textOfValue({ value }: SettingOrigin): string {
  return value === null ? 'not set' : sanitiseField(propertyText(value));
}

const SOURCES: Readonly<Record<string, string>> = { 'built-in': 'default', manifest: 'manifest' };

function sourceOf({ source }: SettingOrigin, isShort: boolean): string {
  const word = SOURCES[source] ?? sanitiseField(source);
  return isShort ? word.slice(word.lastIndexOf('/') + 1) : word;
}
