/** Columns of the list: those of `toru list`, and what one may do. */

import { Link } from 'wouter';
import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import { STATE_ORDER } from '../../../../../src/cli/tui/screens/list/list-order.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { isUnhealthy } from '../../live/trouble.ts';
import { Ago } from '../../parts/ago.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { StateWord } from '../../parts/state-word.tsx';
import { LastWords } from './last-words.tsx';
import { RowActions, RowSwitch } from './row-actions.tsx';

const ABSENT = '–';

export const COLUMNS: readonly Column<LivePlugin>[] = [
  {
    id: 'id',
    title: 'ID',
    compare: (one, other) => (one.id < other.id ? -1 : 1),
    render: (plugin) => (
      <>
        <Link href={`/plugins/${encodeURIComponent(plugin.id)}`} className="row-link">
          {plugin.id}
        </Link>
        <span className="list-below">
          <LastWords plugin={plugin} />
        </span>
      </>
    ),
  },
  {
    id: 'state',
    title: 'State',
    compare: (one, other) => rankOf(one) - rankOf(other),
    render: (plugin) => <StateWord state={plugin.state} isUnhealthy={isUnhealthy(plugin)} />,
  },
  {
    id: 'enabled',
    title: 'Enabled',
    compare: (one, other) => Number(other.enabled) - Number(one.enabled),
    render: (plugin) => <RowSwitch plugin={plugin} />,
  },
  number('pid', 'PID', ({ pid }) => pid, String),
  {
    ...number('uptime', 'Up', ({ startedAtMs }) => (startedAtMs === null ? null : -startedAtMs), String),
    render: ({ startedAtMs }) => (startedAtMs === null ? absent() : <Ago at={startedAtMs} kind="span" />),
  },
  number('restarts', 'Restarts', ({ restarts }) => restarts, String),
  number(
    'cpu',
    'CPU',
    ({ cpuPercent }) => cpuPercent,
    (percent) => `${percent.toFixed(1)}%`,
  ),
  number('memory', 'Memory', ({ memoryBytes }) => memoryBytes, formatSize),
  {
    id: 'last',
    title: 'Last',
    onPhone: 'hidden',
    render: (plugin) => <LastWords plugin={plugin} />,
  },
  {
    id: 'actions',
    title: 'Actions',
    isTitleHidden: true,
    onPhone: 'hidden',
    render: (plugin) => <RowActions plugin={plugin} />,
  },
];

/** What is not there comes last, whichever way. */
function number(
  id: string,
  title: string,
  read: (plugin: LivePlugin) => number | null,
  text: (value: number) => string,
): Column<LivePlugin> {
  return {
    id,
    title,
    isNumber: true,
    isDescendingFirst: true,
    onPhone: 'hidden',
    compare: (one, other) =>
      (read(one) ?? Number.NEGATIVE_INFINITY) - (read(other) ?? Number.NEGATIVE_INFINITY) || 0,
    render: (plugin) => {
      const value = read(plugin);
      return value === null ? absent() : text(value);
    },
  };
}

function absent() {
  return <span className="dim">{ABSENT}</span>;
}

/** What needs a person first. */
function rankOf(plugin: LivePlugin): number {
  return isUnhealthy(plugin) ? 2.5 : STATE_ORDER.indexOf(plugin.state);
}
