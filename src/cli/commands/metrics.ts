/** `toru metrics` */

import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Session } from '../session.ts';

export const metrics: Command = {
  verb: 'metrics',
  kind: 'query',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [
    {
      name: 'prometheus',
      does: "the text format 0.0.4 of Prometheus, for its textfile collector and promtool, in OpenMetrics' place",
    },
  ],
  does: 'print figures of torud, its plugins, its tasks and the machine as OpenMetrics text',
  details:
    'Of the machine torud looks at processors, memory, load, disks and networks by itself, once a second; all else is measured when somebody asks. Restarts, crashes, CPU time and log lines count over all runs, also after a restart of torud; figures of requests and of tasks that have ended begin with torud, as their _created says; those of the machine begin with its boot. Lines of a run that goes on are those that its log shows, and CPU time is that of its main process. The JSON has the same families as data.',
  examples: [
    'toru metrics',
    'toru metrics --json',
    'toru metrics --prometheus >/var/lib/prometheus/node-exporter/toru.prom',
  ],
  run: runMetrics,
};

async function runMetrics(session: Session): Promise<Answer> {
  const { format, timeoutMs } = session.globals;
  if (format === 'json' || format === 'json-lines') {
    const result = await session.client.call('daemon.metrics', { format: 'json' }, timeoutMs);
    if (!result.ok) return failed(result.failure);
    const { metrics: found = [] } = result.value;
    return { document: { metrics: found }, records: found };
  }
  const asked = session.has('prometheus') ? 'prometheus' : 'openmetrics';
  const result = await session.client.call('daemon.metrics', { format: asked }, timeoutMs);
  // Every character stands for itself: the labels are ids, versions and words of the protocol.
  return result.ok ? { document: {}, paintedText: result.value.text } : failed(result.failure);
}
