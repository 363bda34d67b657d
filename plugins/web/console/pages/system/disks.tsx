/** How full the disks are. */

import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import type { DiskFigures } from '../../../../../src/protocol/control/system.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { percent } from './units.ts';

/** From here on somebody should look after it. */
const FULL_PERCENT = 90;

export function Disks({ disks }: { readonly disks: readonly DiskFigures[] }) {
  return (
    <section className="section">
      <h2>Disks</h2>
      <DataTable
        label="Disks"
        columns={COLUMNS}
        rows={disks}
        keyOf={({ mount }) => mount}
        empty={<p className="dim">None is mounted that could be shown.</p>}
      />
    </section>
  );
}

/** As df(1) counts: of what those who are not root can have. */
function usedPercent({ usedBytes, availableBytes }: DiskFigures): number {
  const all = usedBytes + availableBytes;
  return all === 0 ? 0 : (100 * usedBytes) / all;
}

function Used({ disk }: { readonly disk: DiskFigures }) {
  const used = usedPercent(disk);
  const isFull = used >= FULL_PERCENT;
  return (
    <span className="used">
      <span className="bar" aria-hidden="true">
        <span className={`bar-fill${isFull ? ' bar-full' : ''}`} style={{ width: `${used}%` }} />
      </span>
      <span className={`number${isFull ? ' tone-bad' : ''}`}>{percent(used)}</span>
    </span>
  );
}

const COLUMNS: readonly Column<DiskFigures>[] = [
  {
    id: 'mount',
    title: 'Mounted at',
    render: ({ mount }) => <code>{mount}</code>,
    compare: (one, other) => one.mount.localeCompare(other.mount),
  },
  {
    id: 'used',
    title: 'Used',
    render: (disk) => <Used disk={disk} />,
    compare: (one, other) => usedPercent(one) - usedPercent(other),
  },
  {
    id: 'free',
    title: 'Free',
    isNumber: true,
    render: ({ availableBytes }) => formatSize(availableBytes),
    compare: (one, other) => one.availableBytes - other.availableBytes,
  },
  {
    id: 'size',
    title: 'Size',
    isNumber: true,
    render: ({ totalBytes }) => formatSize(totalBytes),
    compare: (one, other) => one.totalBytes - other.totalBytes,
    onPhone: 'hidden',
  },
  {
    id: 'device',
    title: 'Device',
    render: ({ device, type }) => (
      <>
        <code>{device}</code> <span className="dim">{type}</span>
      </>
    ),
    onPhone: 'hidden',
  },
];
