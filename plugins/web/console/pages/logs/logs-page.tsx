/** The logs of several plugins, merged by time; of all unless some are chosen. */

import { useLocation, useSearch } from 'wouter';
import { shellLine } from '../../../../../src/cli/shell-words.ts';
import { useLive } from '../../live/live.tsx';
import { LogPanel } from '../../log/log-panel.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page } from '../../parts/page.tsx';
import { PluginChooser } from './plugin-chooser.tsx';
import '../../look/sections.css';
import './logs.css';

export function LogsPage() {
  const { plugins } = useLive();
  const [path, navigate] = useLocation();
  const chosen = chosenIn(useSearch());
  const choose = (ids: readonly string[]): void => {
    const query = ids.length === 0 ? '' : `?plugins=${ids.join(',')}`;
    navigate(`${path}${query}`, { replace: true });
  };
  return (
    <Page title="Logs" actions={<CommandHint command={shellLine(['toru', 'logs', '-f', ...chosen])} />}>
      {plugins?.length === 0 ? (
        <EmptyState title="No plugins yet, so nothing is written.">
          <p>
            Put one in with <code>toru install PATH</code>.
          </p>
        </EmptyState>
      ) : (
        <div className="logs-page">
          <LogPanel
            target={chosen}
            tools={<PluginChooser plugins={plugins ?? []} chosen={chosen} onChange={choose} />}
          />
        </div>
      )}
    </Page>
  );
}

/** From the address, so that it can be passed on. */
function chosenIn(search: string): readonly string[] {
  const text = new URLSearchParams(search).get('plugins') ?? '';
  return text === '' ? [] : [...new Set(text.split(','))];
}
