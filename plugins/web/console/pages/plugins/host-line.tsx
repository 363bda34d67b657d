/** The machine in one line, as above the terminal's list; the page System has the rest. */

import { Link } from 'wouter';
import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import type { HostUsage } from '../../../../../src/protocol/control/plugins.ts';

export function HostLine({
  host: { load, memoryUsedBytes, memoryTotalBytes },
}: {
  readonly host: HostUsage;
}) {
  return (
    <Link href="/system" className="host-line">
      <span>
        load <span className="host-figure">{load.toFixed(2)}</span>
      </span>
      <span>
        memory{' '}
        <span className="host-figure">
          {formatSize(memoryUsedBytes)} of {formatSize(memoryTotalBytes)}
        </span>
      </span>
    </Link>
  );
}
