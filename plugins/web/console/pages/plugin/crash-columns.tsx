/** Columns of a table of crashes. */

import { Link } from 'wouter';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import { formatDateTime, formatSize } from '../../../../../src/cli/output/sizes.ts';
import { lastedText } from '../../../../../src/cli/run-text.ts';
import { causeText } from '../../../../../src/cli/status-block.ts';
import type { CrashSummary } from '../../api/answer-types.ts';
import type { Column } from '../../parts/data-table.tsx';

export const CRASH_COLUMNS: readonly Column<CrashSummary>[] = [
  {
    id: 'crash',
    title: 'Crash',
    isNumber: true,
    render: ({ id, plugin }) => <Link href={`/plugins/${plugin}/crashes/${id}`}>{id}</Link>,
  },
  {
    id: 'at',
    title: 'At',
    render: ({ at }) => (
      <time dateTime={at} title={at}>
        {formatDateTime(at)}
      </time>
    ),
  },
  {
    id: 'cause',
    title: 'Cause',
    render: (crash) => <span className="tone-bad">{sanitise(causeText(crash))}</span>,
  },
  { id: 'uptime', title: 'After', isNumber: true, render: ({ uptimeMs }) => lastedText(uptimeMs) },
  { id: 'restart', title: 'Restart', isNumber: true, onPhone: 'hidden', render: ({ restart }) => restart },
  { id: 'version', title: 'Version', onPhone: 'hidden', render: ({ version }) => sanitise(version) },
  {
    id: 'memory',
    title: 'Peak memory',
    isNumber: true,
    onPhone: 'hidden',
    render: ({ peakMemoryBytes }) => (peakMemoryBytes === null ? '–' : formatSize(peakMemoryBytes)),
  },
];
