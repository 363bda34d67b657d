/** The list that keeps itself up to date (`toru list --watch`, and `toru` alone on a terminal). */

import type { CompactRow, PluginStatus, WatchItem } from '../protocol/control/plugins.ts';
import { errorBody } from '../protocol/errors.ts';
import { listParams, listTable } from './commands/list.ts';
import { follow } from './follow.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import { formatTable } from './output/table.ts';
import { cutTo } from './output/width.ts';
import type { Session } from './session.ts';
import { TerminalScreen } from './terminal-screen.ts';

/** Redraws are put together: a start of 100 plugins is a few pictures, not hundreds. */
const REDRAW_AFTER_MS = 50;

export async function runLiveList(session: Session): Promise<Answer> {
  if (!session.screen.isTerminal || session.globals.isJson) {
    const hint = 'for scripts there are "toru list", "toru events -f --json" and "toru wait"';
    return failed(errorBody('usage', '--watch needs a terminal', { hint }));
  }
  const params = listParams(session);
  if (!params.ok) return failed(params.failure);
  const { states, enabled } = params.value;
  const isShown = (plugin: PluginStatus): boolean =>
    (states === undefined || states.includes(plugin.state)) &&
    (enabled === undefined || plugin.enabled === enabled);
  const plugins = new Map<string, PluginStatus>();
  const screen = new TerminalScreen();
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    timer = undefined;
    screen.draw(picture([...plugins.values()].filter(isShown), session, screen));
  };
  const later = (): void => {
    timer ??= setTimeout(draw, REDRAW_AFTER_MS);
  };
  const watched = watchAll(session, plugins, () => {
    screen.enter(later);
    later();
  });
  const answer = await Promise.race([watched, screen.left.then((exitCode): Answer => ({ exitCode }))]);
  clearTimeout(timer);
  screen.leave();
  return answer;
}

async function watchAll(
  session: Session,
  plugins: Map<string, PluginStatus>,
  onChanged: () => void,
): Promise<Answer> {
  const params = session.selection;
  const items = follow(session.quietly(), { method: 'plugin.watch', params, resume: () => params });
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value.ok ? {} : failed(step.value.failure);
    apply(step.value, plugins);
    onChanged();
  }
}

function apply(item: WatchItem, plugins: Map<string, PluginStatus>): void {
  if (item.kind === 'removed') {
    plugins.delete(item.id);
    return;
  }
  if (item.kind === 'snapshot') plugins.clear();
  for (const plugin of item.kind === 'snapshot' ? item.plugins : [item.plugin])
    plugins.set(plugin.id, plugin);
}

/** Lines of the screen, cut to its height and width. */
export function picture(
  plugins: readonly PluginStatus[],
  session: Pick<Session, 'screen'>,
  size: { readonly rows: number; readonly columns: number },
): string[] {
  const sorted = [...plugins].sort((left, right) => (left.id < right.id ? -1 : 1));
  const style = { hasLegend: true, hasColour: session.screen.hasColour, width: size.columns };
  const table = formatTable(listTable(sorted.map(compactRow)), style);
  const room = Math.max(1, size.rows - 2);
  const hidden = Math.max(0, table.length - room);
  const count = (state: string): number => plugins.filter((plugin) => plugin.state === state).length;
  const more = hidden === 0 ? '' : `  ${hidden} more below; a larger screen shows them.`;
  const foot = ` ${plugins.length} plugins, ${count('running')} running, ${count('failed')} failed.${more}  q leaves`;
  return [...table.slice(0, room), '', cutTo(foot, size.columns)];
}

function compactRow(plugin: PluginStatus): CompactRow {
  const { id, state, enabled, runtime, pid, uptimeMs, restarts, cpuPercent, memoryBytes, name } = plugin;
  return [id, state, enabled, runtime, pid, uptimeMs, restarts, cpuPercent, memoryBytes, name];
}
