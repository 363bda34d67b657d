/** What a plugin is and uses now, in one row. */

import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { Ago } from '../../parts/ago.tsx';
import { Fact } from '../../parts/fact.tsx';

const NONE = '–';

export function PluginFacts({ plugin }: { readonly plugin: LivePlugin }) {
  const { id, version, pid, startedAtMs, cpuPercent, memoryBytes, restarts, runId, since } = plugin;
  return (
    <dl className="figures">
      <Fact name="ID">
        <span className="mono">{id}</span>
      </Fact>
      <Fact name="Version">
        <span className="mono">{version}</span>
      </Fact>
      <Fact name="State since">
        <Ago at={since} />
      </Fact>
      <Fact name="Up">{startedAtMs === null ? NONE : <Ago at={startedAtMs} kind="span" />}</Fact>
      <Fact name="PID">
        <span className="mono">{pid ?? NONE}</span>
      </Fact>
      <Fact name="Run">
        <span className="mono">{runId ?? NONE}</span>
      </Fact>
      <Fact name="Restarts">{restarts}</Fact>
      <Fact name="CPU">{cpuPercent === null ? NONE : `${cpuPercent.toFixed(1)} %`}</Fact>
      <Fact name="Memory">{memoryBytes === null ? NONE : formatSize(memoryBytes)}</Fact>
    </dl>
  );
}
