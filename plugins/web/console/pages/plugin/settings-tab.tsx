/** Every setting of a plugin with where it comes from; what looks secret is shown to those who ask for it. */

import { useEffect, useState } from 'react';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import { looksSecret } from '../../../../../src/cli/secrets.ts';
import type { PluginShown, SettingOrigin } from '../../api/answer-types.ts';
import { useApi } from '../../api/use-api.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { Button } from '../../parts/button.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { useSession } from '../../session/session.tsx';
import { lifeOf } from './why-tab.tsx';

const COLUMNS: readonly Column<SettingOrigin>[] = [
  { id: 'key', title: 'Setting', render: ({ key }) => <span className="mono">{key}</span> },
  {
    id: 'value',
    title: 'Value',
    render: (setting) => (
      <>
        <SettingValue setting={setting} />
        <span className="phone-only dim">{sanitise(setting.source)}</span>
      </>
    ),
  },
  {
    id: 'source',
    title: 'Set by',
    onPhone: 'hidden',

    render: ({ source }) => <span className={isDefault(source) ? 'dim' : 'mono'}>{sanitise(source)}</span>,
  },
];

export function SettingsTab({ plugin }: { readonly plugin: LivePlugin }) {
  const { id } = plugin;
  const { mayAdmin } = useSession();
  const [isAll, setIsAll] = useState(true);
  const { data, problem, reload } = useApi<PluginShown>(`/plugins/${id}`);
  const life = lifeOf(plugin);
  // biome-ignore lint/correctness/useExhaustiveDependencies: settings come into force in its life
  useEffect(() => void reload(), [reload, life]);
  if (data === undefined) {
    if (problem === undefined) return <Loading />;
    return <ErrorCard problem={problem} title="The settings cannot be shown" onRetry={() => void reload()} />;
  }
  const rows = isAll ? data.settings : data.settings.filter(({ source }) => !isDefault(source));
  return (
    <>
      <div className="tab-tools">
        <label className="check">
          <input type="checkbox" checked={!isAll} onChange={(event) => setIsAll(!event.target.checked)} />
          Only what somebody has set
        </label>
        {mayAdmin && <CommandHint command={`toru edit ${id}`} />}
      </div>
      {!mayAdmin && (
        <p className="dim">Values of “environment” and “config” may be secrets: admins alone see them.</p>
      )}
      <DataTable
        label={`Settings of ${id}`}
        columns={COLUMNS}
        rows={rows}
        keyOf={({ key }) => key}
        empty={<EmptyState title="All settings are the built-in ones." />}
      />
    </>
  );
}

function isDefault(source: string): boolean {
  return source === 'built-in';
}

function SettingValue({ setting: { key, value } }: { readonly setting: SettingOrigin }) {
  const mayBeSecret = /^(environment|config)\./.test(key) && value !== null && looksSecret(key);
  const [isShown, setIsShown] = useState(!mayBeSecret);
  if (!isShown) {
    return (
      <>
        <span className="dim">hidden</span>{' '}
        <Button kind="quiet" aria-label={`Show the value of ${key}`} onClick={() => setIsShown(true)}>
          Show
        </Button>
      </>
    );
  }
  if (value === null || value === undefined) return <span className="dim">none</span>;
  return (
    <span className="mono setting-value">
      {sanitise(typeof value === 'string' ? value : JSON.stringify(value))}
    </span>
  );
}
