/** `toru status [NAME…]` */

import { within } from '../../client/time-limit.ts';
import type { PluginStatus } from '../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { daemonAnswer } from '../daemon-block.ts';
import { logText } from '../log-text.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { exitCodeOf } from '../output/report-error.ts';
import { cutTo } from '../output/width.ts';
import { runningExitCode } from '../running-exit.ts';
import type { Session } from '../session.ts';
import { type Properties, statusBlock } from '../status-block.ts';
import { statusTable } from '../status-table.ts';

const LOG_LINES = 10;

export const status: Command = {
  verb: 'status',
  kind: 'query',
  operands: '[NAME...]',
  minOperands: 0,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: true,
  options: [],
  does: 'show plugins in full, or torud itself',
  details:
    'Exit code: 0 when running, 3 when not, 4 when there is no such plugin; of several, the first that is not 0.',
  examples: ['toru status', 'toru status web', 'toru status --all --json'],
  run: runStatus,
};

async function runStatus(session: Session): Promise<Answer> {
  if (session.operands.length === 0 && !session.globals.isAll) return daemonAnswer(session);
  const result = await session.client.call('plugin.list', session.selection, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { plugins, errors } = result.value;
  const answer: Answer = {
    document: { plugins },
    records: plugins,
    values: plugins.map((plugin) => plugin.state),
    errors,
    exitCode: firstExitCode(session.operands, plugins, errors),
  };
  if (session.globals.isJson || session.globals.format === 'value') return answer;
  if (session.globals.format === 'plain') return { ...answer, table: statusTable(plugins) };
  const nowMs = Date.now();
  const style = { hasColour: session.screen.hasColour, nowMs };
  const blocks = await Promise.all(
    plugins.map(async (plugin) => {
      const [lines, properties] = await Promise.all([
        lastLines(session, plugin.id, nowMs),
        propertiesOf(session, plugin.id),
      ]);
      return statusBlock(plugin, lines, style, properties);
    }),
  );
  return { ...answer, paintedText: blocks.join('\n\n') };
}

/** What cannot be read is not shown: the state is the answer here, `toru logs` says why the log has none. */
async function lastLines(session: Session, id: string, nowMs: number): Promise<string[]> {
  const texts: string[] = [];
  const read = async (): Promise<void> => {
    const stream = session.client.stream('log.read', { names: [id], lines: LOG_LINES });
    for await (const item of stream) texts.push(...item.lines);
    const outcome = await stream.outcome;
    if (outcome.ok || outcome.failure.reconnect !== true) return;
    texts.length = 0;
    await read();
  };
  await within(read(), session.globals.timeoutMs);
  const { hasColour, columns } = session.screen;
  return texts.slice(-LOG_LINES).map((text) => {
    const line = logText(text, { hasColour: false, idWidth: 0, nowMs });
    return columns === undefined || hasColour ? line : cutTo(line, columns);
  });
}

/** Who enabled it, its limits; without them the block is shorter, and the state is told all the same. */
async function propertiesOf(session: Session, plugin: string): Promise<Properties> {
  const shown = await session.client.call('plugin.show', { plugin }, session.globals.timeoutMs);
  return shown.ok ? shown.value.properties : {};
}

/** Of the names in the order given: 0 when running, 3 when not, the error's code when there is none. */
function firstExitCode(
  names: readonly string[],
  plugins: readonly PluginStatus[],
  errors: readonly ErrorBody[],
): number {
  for (const name of names) {
    const error = errors.find((one) => one.name === name);
    if (error !== undefined) return exitCodeOf(error.code, 'query');
    const plugin = plugins.find((one) => one.id === name);
    if (plugin !== undefined && runningExitCode(plugin.state) !== 0) return runningExitCode(plugin.state);
  }
  const first = errors[0];
  if (first !== undefined) return exitCodeOf(first.code, 'query');
  return plugins.map((plugin) => runningExitCode(plugin.state)).find((code) => code !== 0) ?? 0;
}
