/** What to type next, the likeliest first. Pure. */

import { waitsFor } from './why-dependencies.ts';
import type { WhyFacts } from './why-facts.ts';

export function commandsOf(facts: WhyFacts): readonly string[] {
  const { status, files } = facts;
  const { id, state, enabled, lastCrash, problems } = status;
  const crash = lastCrash === null ? [] : [`toru crashes show ${lastCrash.id}`];
  const logs = `toru logs ${id} -n 50`;
  switch (state) {
    case 'running':
      if (status.health === 'unhealthy') return [logs, `toru restart ${id}`];
      return problems.length > 0 ? [`toru restart ${id}`] : [];
    case 'starting':
      return [`toru wait ${id} --for ready`, logs];
    case 'stopping':
      return [`toru wait ${id} --for stopped`];
    case 'waiting': {
      const roots = waitsFor(status, facts).map((wait) => wait.root);
      return [...new Set(roots)].flatMap((root) => {
        const other = facts.statusOf(root);
        if (root === id || other === undefined) return [];
        return [...(other.state === 'failed' ? [`toru start ${root}`] : []), `toru why ${root}`];
      });
    }
    case 'stopped':
      if (facts.startProblem !== undefined) return [];
      return [`toru start ${id}`, ...(enabled ? [] : [`toru enable ${id}`])];
    case 'exited':
      return [`toru start ${id}`, logs];
    case 'backoff':
      return [...crash, logs, `toru restart ${id}`, `toru stop ${id}`];
    case 'failed':
      return [...crash, `toru start ${id}`, ...(enabled ? [] : [`toru enable ${id}`])];
    case 'invalid':
      return files === 'gone' ? [`toru disable ${id}`] : ['toru scan'];
  }
}
