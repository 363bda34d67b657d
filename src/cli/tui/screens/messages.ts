/** `m`: what was done from here in this session, and all that was said, the newest first. */

import { formatClock, formatSpan } from '../../output/sizes.ts';
import { commandText } from '../command-text.ts';
import type { Desk } from '../desk.ts';
import type { Model } from '../model.ts';
import type { Screen } from '../screen.ts';
import { outputScreen } from './output.ts';

export function messagesScreen({ outcomes, unrecorded }: Desk, model: Model, wallMs: number): Screen {
  const lines = [...outcomes].reverse().flatMap((one) => {
    const end = one.code === null ? 'did not end by itself' : one.code === 0 ? 'done' : `exit ${one.code}`;
    const at = formatClock(new Date(one.endedAt).toISOString(), wallMs);
    return [
      `${at}  ${commandText(model, one.argv)}  ${end} (${formatSpan(one.tookMs)})`,
      ...one.lines.map((said) => `          ${said}`),
    ];
  });
  const told = lines.length === 0 ? ['Nothing was done from here yet.'] : lines;
  const shown = unrecorded === undefined ? told : [unrecorded, ...told];
  return outputScreen(
    {
      title: 'messages',
      argv: ['events', '--type', 'audit'],
      lines: shown,
      code: 0,
      head: 'what was done from here in this session, the newest first',
    },
    'messages',
  );
}
