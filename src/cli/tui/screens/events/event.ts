/** One event, whole: who, by which command, which run, and every detail that was kept. */

import { actorText } from '../../../actor-text.ts';
import type { Occurrence } from '../../../event-feeds.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatAge, formatDateTime } from '../../../output/sizes.ts';
import { hardWrapped } from '../../desk-view.ts';
import { type Frame, type Line, line, span } from '../../frame.ts';
import type { Context, Doors, Screen, Step } from '../../screen.ts';
import { roleOf } from './events-view.ts';

const LABEL_WIDTH = 12;

export function eventScreen(doors: Doors, row: Occurrence, top = 0): Screen {
  const { plugin } = row;
  const details = row.details as Readonly<Record<string, unknown>>;
  const { crashId, runId } = details;
  const screen: Screen = {
    title: `${row.type} #${row.id}`,
    tag: `event-${row.type === 'audit' ? 'a' : 'e'}${row.id}`,
    keys: [
      { keys: 'esc', does: 'back' },
      ...(typeof crashId === 'number' ? [{ keys: 'c', does: 'the crash' }] : []),
      ...(plugin === null
        ? []
        : [
            { keys: 'l', does: 'log at that time' },
            { keys: 'p', does: 'its plugin' },
          ]),
    ],
    isTicking: false,
    open: () => ({ screen }),
    onKey: (key, context) => {
      const open = (made: Screen): Step => ({ screen, go: { kind: 'open', screen: made } });
      const most = Math.max(0, linesOf(row, context).length - context.size.rows);
      const to = (next: number): Step => ({
        screen: eventScreen(doors, row, Math.max(0, Math.min(most, next))),
      });
      if (key === 'j' || key === 'down') return to(top + 1);
      if (key === 'k' || key === 'up') return to(top - 1);
      if (key === 'g' || key === 'home') return to(0);
      if (key === 'G' || key === 'end') return to(most);
      if (key === 'pagedown' || key === ' ') return to(top + context.size.rows);
      if (key === 'pageup' || key === 'b') return to(top - context.size.rows);
      if (plugin === null) return undefined;
      if ((key === 'c' || key === 'enter') && typeof crashId === 'number')
        return open(doors.crash(plugin, crashId));
      if (key === 'p') return open(doors.detail(plugin));
      if (key === 'l')
        return open(doors.logs([plugin], { at: row.at, ...(typeof runId === 'number' ? { runId } : {}) }));
      return undefined;
    },
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => plugin ?? undefined,
    view: (context): Frame => linesOf(row, context).slice(top, top + context.size.rows),
    command: () => commandOf(row),
    close: () => [],
  };
  return screen;
}

function linesOf(row: Occurrence, { size, wallMs }: Context): readonly Line[] {
  const ageMs = wallMs - Date.parse(row.at);
  const { actor } = row;
  const facts: (readonly [string, string])[] = [
    ['at', `${formatDateTime(row.at)} (${formatAge(ageMs)}; ${row.at})`],
    ['plugin', row.plugin ?? (row.type === 'audit' ? 'several, or none' : 'none: torud itself')],
    ['reason', row.reason],
    ['by', actorText(actor) || 'nobody is known'],
    ...(actor?.pid === undefined ? [] : [['pid', `${actor.pid} (of who asked)`] as const]),
    ...(actor?.gid === undefined ? [] : [['gid', String(actor.gid)] as const]),
    ...Object.entries(row.details as object).flatMap(([key, value]) => detailFacts(key, value)),
  ];
  const room = Math.max(10, size.columns - LABEL_WIDTH - 3);
  return [
    line(span(` ${row.type}`, roleOf(row)), span(` #${row.id}`, 'dim')),
    ...facts.flatMap(([label, text]) => factLines(label, text, room)),
  ];
}

/** A structure has a line a part: `params.names`, `result.error.message`. */
function detailFacts(key: string, value: unknown): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[key, String(value)]];
  const parts = Object.entries(value);
  const isPlain = Array.isArray(value) && value.every((part) => typeof part !== 'object' || part === null);
  if (isPlain) return [[key, value.map(String).join(', ') || 'none']];
  return parts.flatMap(([name, part]) => detailFacts(`${key}.${name}`, part));
}

function factLines(label: string, text: string, room: number): readonly Line[] {
  const name = sanitiseField(label);
  const lines = hardWrapped(sanitiseField(text), room);
  const isLong = name.length > LABEL_WIDTH;
  const first = isLong ? [line('  ', span(name, 'dim'))] : [];
  return [
    ...first,
    ...(lines.length === 0 ? [''] : lines).map((one, at) =>
      line('  ', span((at === 0 && !isLong ? name : '').padEnd(LABEL_WIDTH), 'dim'), ' ', one),
    ),
  ];
}

function commandOf(row: Occurrence): readonly string[] {
  return [
    'events',
    ...(row.plugin === null ? [] : [row.plugin]),
    '--type',
    row.type,
    '--since',
    row.at,
    '--json',
  ];
}
