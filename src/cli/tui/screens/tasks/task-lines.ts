/** The output of a task as lines, both streams in the order of writing; what is too much is let go at the front. Pure. */

import type { TaskOutputItem, TaskStream } from '../../../../protocol/control/tasks.ts';
import { gapText } from '../../../tasks/output-gap.ts';

export interface TaskLine {
  /** Not sanitised. */
  readonly text: string;
  /** `gap`: not the script's, but about what is missing. */
  readonly from: TaskStream | 'gap';
}

export interface TaskLines {
  readonly lines: readonly TaskLine[];
  /** The last line of each stream has no newline yet: its index. */
  readonly open: Readonly<Partial<Record<TaskStream, number>>>;
  /** Lines that were let go. */
  readonly dropped: number;
}

export const NO_LINES: TaskLines = { lines: [], open: {}, dropped: 0 };

/** Lines that are held; the rest is in `toru task logs`. */
export const MAX_LINES = 20_000;
/** A line that never ends is cut into pieces of so many characters. */
const MAX_LINE = 8_192;

export function withOutput(before: TaskLines, items: readonly TaskOutputItem[]): TaskLines {
  const lines = [...before.lines];
  const open = { ...before.open };
  for (const item of items) {
    if (item.kind === 'gap') lines.push({ text: `(${gapText(item)})`, from: 'gap' });
    else if (item.kind === 'chunk') take(lines, open, item.stream, textOf(item));
  }
  return trimmed({ lines, open, dropped: before.dropped });
}

function textOf({ text, base64 }: Extract<TaskOutputItem, { readonly kind: 'chunk' }>): string {
  return text ?? Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

function take(
  lines: TaskLine[],
  open: Partial<Record<TaskStream, number>>,
  from: TaskStream,
  text: string,
): void {
  const parts = text.split('\n');
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const at = open[from];
    const begun = at === undefined ? undefined : lines[at];
    const whole = `${begun?.text ?? ''}${part}`;
    if (at !== undefined) lines[at] = { text: isLast ? whole : overwritten(whole), from };
    else if (!isLast || part !== '') lines.push({ text: isLast ? part : overwritten(part), from });
    if (!isLast || whole.length > MAX_LINE) delete open[from];
    else if (at === undefined && part !== '') open[from] = lines.length - 1;
  }
}

/** What a terminal shows of a line that was written over itself, as progress bars are. */
function overwritten(text: string): string {
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  return text.slice(text.lastIndexOf('\r', end - 1) + 1, end);
}

function trimmed(all: TaskLines): TaskLines {
  const tooMany = all.lines.length - MAX_LINES;
  if (tooMany <= 0) return all;
  const open = Object.fromEntries(
    Object.entries(all.open).flatMap(([from, at]) => (at >= tooMany ? [[from, at - tooMany]] : [])),
  );
  return { lines: all.lines.slice(tooMany), open, dropped: all.dropped + tooMany };
}
