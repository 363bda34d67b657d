/** One crash: what happened, what it wrote last, what had changed, and for admins what it was started with. */

import { Link } from 'wouter';
import { crashFacts } from '../../../../../src/cli/crash-facts.ts';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import { looksSecret } from '../../../../../src/cli/secrets.ts';
import type { CrashShowResult, StoredRun } from '../../../../../src/protocol/control/crashes.ts';
import { useApi } from '../../api/use-api.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { LineList } from '../../log/line-list.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';

export interface CrashCapsuleProps {
  readonly plugin: Pick<LivePlugin, 'id'>;
  /** Its number, from the address. */
  readonly crash: string;
}

export function CrashCapsule({ plugin: { id }, crash: number }: CrashCapsuleProps) {
  const isNumber = /^-?\d{1,15}$/.test(number);
  const { data, problem, reload } = useApi<CrashShowResult>(
    isNumber ? `/plugins/${id}/crashes/${number}` : null,
  );
  const all = <Link href={`/plugins/${id}/crashes`}>All crashes of {id}</Link>;
  if (!isNumber || problem?.code === 'not_found') {
    return (
      <EmptyState title={`${id} has no crash ${number}.`}>
        <p>Old ones are not kept for ever. {all}</p>
      </EmptyState>
    );
  }
  if (problem !== undefined) {
    return <ErrorCard problem={problem} title="The crash cannot be shown" onRetry={() => void reload()} />;
  }
  if (data === undefined) return <Loading />;
  const { crash, run = null, lastGoodRun = null } = data;
  return (
    <article className="capsule" aria-labelledby="capsule-head">
      <p>{all}</p>
      <h2 id="capsule-head">Crash {crash.id}</h2>
      <dl className="capsule-facts">
        {crashFacts(crash, lastGoodRun).map(([label, text]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{sanitise(text)}</dd>
          </div>
        ))}
      </dl>
      <section aria-labelledby="capsule-lines">
        <h3 id="capsule-lines">Last lines</h3>
        {crash.lastLines.length === 0 ? (
          <p>It wrote none.</p>
        ) : (
          <LineList
            label={`Last lines before crash ${crash.id}`}
            entries={crash.lastLines.map(({ time, stream, message }) => ({
              timestamp: time,
              message,
              stream: stream === 'stderr' || stream === 'shim' ? stream : ('stdout' as const),
            }))}
          />
        )}
      </section>
      {run !== null && <Environment run={run} />}
      <CommandHint command={`toru crashes show ${crash.id}`} />
    </article>
  );
}

/** Of admins alone: the API gives it to nobody else. */
function Environment({ run: { settings } }: { readonly run: StoredRun }) {
  const { environment } = (settings.settings ?? {}) as { readonly environment?: unknown };
  const entries = Object.entries((environment ?? {}) as Readonly<Record<string, unknown>>);
  if (entries.length === 0) return null;
  return (
    <details>
      <summary>Environment that its settings gave it</summary>
      <dl className="capsule-facts mono">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{sanitise(name)}</dt>
            <dd>
              {looksSecret(name) ? (
                <span className="dim">hidden: it looks secret</span>
              ) : (
                sanitise(String(value))
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
