/** `toru system` */

import type { SystemReadParams } from '../../protocol/control/system.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Command } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { runLiveSystem } from '../live-system.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Session } from '../session.ts';
import { systemText } from '../system-block.ts';
import { systemTable } from '../system-table.ts';

const MAX_HISTORY_MS = 3_600_000;

export const system: Command = {
  verb: 'system',
  kind: 'query',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [
    { name: 'processes', does: 'also the processes of each plugin that runs' },
    { name: 'history', value: 'DUR', does: 'also the past, this much of it: at most 1h' },
    { name: 'watch', short: 'w', does: 'keep the figures up to date until q or Ctrl-C' },
  ],
  does: 'show the machine: processor, memory, load, disks, network, and what plugins take of it',
  details:
    'Figures come from /proc; torud takes them once a second and keeps an hour. With --plain and -o value a line a figure, bare numbers: bytes, milliseconds, percent, bytes a second.',
  examples: ['toru system', 'toru system --processes', 'toru system --history 10min', 'toru system --json'],
  run: runSystem,
};

async function runSystem(session: Session): Promise<Answer> {
  const params = systemParams(session);
  if (!params.ok) return failed(params.failure);
  if (session.has('watch')) return runLiveSystem(session, params.value);
  const result = await session.client.call('system.read', params.value, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const table = systemTable(result.value);
  return {
    document: { ...result.value },
    values: table.rows.map((row) => row.join('=')),
    ...(session.globals.format === 'plain'
      ? { table }
      : { paintedText: systemText(result.value, session.screen) }),
  };
}

function systemParams(session: Session): Result<SystemReadParams, ErrorBody> {
  const text = session.value('history');
  const historyMs = text === undefined ? undefined : parseDuration(text);
  if (text !== undefined && (historyMs === undefined || historyMs <= 0 || historyMs > MAX_HISTORY_MS)) {
    const hint = 'write 30s, 10min, 1h';
    return failure(errorBody('usage', `--history: "${text}" is no duration of at most 1h`, { hint }));
  }
  return success({
    ...(historyMs === undefined ? {} : { historyMs }),
    ...(session.has('processes') ? { processes: true } : {}),
  });
}
