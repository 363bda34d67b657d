/** The processes of each plugin that runs. */

import { useMemo } from 'react';
import { Link } from 'wouter';
import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import type { PluginProcesses, ProcessFigures } from '../../../../../src/protocol/control/system.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';

interface Row extends ProcessFigures {
  readonly plugin: string;
}

export function Processes({ plugins }: { readonly plugins: readonly PluginProcesses[] }) {
  const rows = useMemo(
    () => plugins.flatMap(({ plugin, processes }) => processes.map((one) => ({ ...one, plugin }))),
    [plugins],
  );
  return (
    <section className="section">
      <h2>Processes of plugins</h2>
      <DataTable
        label="Processes of plugins"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ pid }) => String(pid)}
        empty={<p className="dim">No plugin runs.</p>}
      />
    </section>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'plugin',
    title: 'Plugin',
    render: ({ plugin }) => <Link href={`/plugins/${plugin}`}>{plugin}</Link>,
    compare: (one, other) => one.plugin.localeCompare(other.plugin),
  },
  {
    id: 'pid',
    title: 'Pid',
    isNumber: true,
    render: ({ pid }) => pid,
    compare: (one, other) => one.pid - other.pid,
  },
  {
    id: 'cpu',
    title: 'CPU',
    isNumber: true,
    render: ({ cpuPercent }) => `${cpuPercent.toFixed(1)} %`,
    compare: (one, other) => one.cpuPercent - other.cpuPercent,
  },
  {
    id: 'memory',
    title: 'Memory',
    isNumber: true,
    render: ({ memoryBytes }) => formatSize(memoryBytes),
    compare: (one, other) => one.memoryBytes - other.memoryBytes,
  },
  { id: 'threads', title: 'Threads', isNumber: true, render: ({ threads }) => threads, onPhone: 'hidden' },
  {
    id: 'command',
    title: 'Command',
    render: ({ command }) => <code className="process-command">{command}</code>,
    onPhone: 'hidden',
  },
];
