/** All plugins, as `toru list` shows them: live, to be filtered, sorted and acted on. */

import { useDeferredValue, useMemo, useState } from 'react';
import { type LivePlugin, useLive } from '../../live/live.tsx';
import { troubleFirst } from '../../live/trouble.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { FilterBox } from './filter-box.tsx';
import { HostLine } from './host-line.tsx';
import { NoPlugins } from './no-plugins.tsx';
import { COLUMNS } from './plugin-columns.tsx';
import { NO_FILTER, type PluginFilter, shownPlugins } from './plugin-filter.ts';
import { StateCounts } from './state-counts.tsx';
import './plugins.css';

export function PluginsPage() {
  const { plugins, host } = useLive();
  return (
    <Page title="Plugins" actions={host === undefined ? undefined : <HostLine host={host} />}>
      {plugins === undefined ? <Loading what="Loading the plugins" /> : <PluginList plugins={plugins} />}
    </Page>
  );
}

function PluginList({ plugins }: { readonly plugins: readonly LivePlugin[] }) {
  const [filter, setFilter] = useState<PluginFilter>(NO_FILTER);
  // With hundreds of rows, what is typed must not wait for them.
  const words = useDeferredValue(filter.words);
  const shown = useMemo(
    () => troubleFirst(shownPlugins(plugins, { words, state: filter.state })),
    [plugins, words, filter.state],
  );
  const isEmpty = plugins.every(({ id }) => id === 'web');
  return (
    <>
      <div className="list-tools">
        <FilterBox value={filter.words} onChange={(value) => setFilter({ ...filter, words: value })} />
        <StateCounts
          plugins={plugins}
          chosen={filter.state}
          onChoose={(state) => setFilter({ ...filter, state })}
        />
        <p className="visually-hidden" role="status">
          {filter.words === '' && filter.state === undefined
            ? ''
            : `${shown.length} of ${plugins.length} shown`}
        </p>
      </div>
      <DataTable
        label="Plugins"
        columns={COLUMNS}
        rows={shown}
        keyOf={idOf}
        empty={
          plugins.length === 0 ? undefined : (
            <EmptyState title="No plugin fits this filter.">
              <Button onClick={() => setFilter(NO_FILTER)}>Show all {plugins.length}</Button>
            </EmptyState>
          )
        }
      />
      {isEmpty ? <NoPlugins /> : null}
    </>
  );
}

function idOf({ id }: LivePlugin): string {
  return id;
}
