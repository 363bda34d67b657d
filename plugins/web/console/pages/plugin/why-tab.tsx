/** Why a plugin is in the state it is in, what to do about it, what it stands on, and how its runs went. */

import { useEffect } from 'react';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import type { PluginShown } from '../../api/answer-types.ts';
import { useApi } from '../../api/use-api.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { DependencyTree } from './dependency-tree.tsx';
import { RunsTable } from './runs-table.tsx';

export function WhyTab({ plugin }: { readonly plugin: LivePlugin }) {
  const { id, problems, dependencies, neededBy } = plugin;
  const { data, problem, reload } = useApi<PluginShown>(`/plugins/${id}`);
  const life = lifeOf(plugin);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is told is of this moment of its life
  useEffect(() => void reload(), [reload, life]);
  return (
    <>
      <section aria-labelledby="why-head" className="why">
        <h2 id="why-head" className="visually-hidden">
          Why
        </h2>
        {data === undefined && problem === undefined && <Loading />}
        {problem !== undefined && (
          <ErrorCard problem={problem} title="torud does not say why" onRetry={() => void reload()} />
        )}
        {data !== undefined && problem === undefined && (
          <>
            <p className="why-text">{sanitise(data.why)}</p>
            {data.commands.length > 0 && (
              <ul className="why-commands" aria-label="Commands that take it further">
                {data.commands.map((command) => (
                  <li key={command}>
                    <CommandHint command={command} />
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
        {problems.length > 0 && (
          <ul className="why-problems" aria-label="To be known">
            {problems.map((text) => (
              <li key={text}>{sanitise(text)}</li>
            ))}
          </ul>
        )}
      </section>
      {(dependencies.length > 0 || neededBy.length > 0) && (
        <DependencyTree id={id} neededBy={neededBy} life={JSON.stringify(dependencies)} />
      )}
      <RunsTable id={id} life={life} />
    </>
  );
}

/** Another text: something has happened that its past or its reason tells. */
export function lifeOf(plugin: LivePlugin): string {
  const { state, since, runId, health, enabled, reason, lastCrash } = plugin;
  return [state, since, runId, health, enabled, reason, lastCrash?.id].join(' ');
}
