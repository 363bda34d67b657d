/** The crashes of all plugins, newest first, as they come. */

import { useEffect, useMemo, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { shellLine } from '../../../../../src/cli/shell-words.ts';
import { CRASH_CAUSES, type CrashListResult } from '../../../../../src/protocol/control/crashes.ts';
import type { CrashSummary } from '../../api/answer-types.ts';
import { useApi } from '../../api/use-api.ts';
import { type LivePlugin, useLive } from '../../live/live.tsx';
import { useWhenBack } from '../../live/use-when-back.ts';
import { Button } from '../../parts/button.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import '../../look/sections.css';
import { CRASH_COLUMNS } from '../plugin/crash-columns.tsx';
import { OneCrash } from './one-crash.tsx';

const PAGE = 50;
/** The API gives no more at once. */
const MAX_CRASHES = 1_000;

const PLUGIN: Column<CrashSummary> = {
  id: 'plugin',
  title: 'Plugin',
  render: ({ plugin }) => <Link href={`/plugins/${plugin}/crashes`}>{plugin}</Link>,
};

const [CRASH, AT, ...REST] = CRASH_COLUMNS;
const COLUMNS = [CRASH, AT, PLUGIN, ...REST].filter((column) => column !== undefined);

/** In the address, so that it can be passed on. */
interface Filter {
  readonly plugin: string;
  readonly cause: string;
}

export function CrashesPage({ item }: { readonly item?: string | undefined }) {
  return item === undefined ? <AllCrashes /> : <OneCrash key={item} number={item} />;
}

function AllCrashes() {
  const { plugins } = useLive();
  const [path, navigate] = useLocation();
  const search = new URLSearchParams(useSearch());
  const filter: Filter = { plugin: search.get('plugin') ?? '', cause: search.get('cause') ?? '' };
  const setFilter = (next: Filter): void => {
    const wanted = Object.entries(next).filter(([, value]) => value !== '');
    navigate(`${path}${wanted.length === 0 ? '' : `?${new URLSearchParams(wanted)}`}`, { replace: true });
  };
  return (
    <Page
      title="Crashes"
      actions={
        <CommandHint
          command={shellLine(['toru', 'crashes', ...(filter.plugin === '' ? [] : [filter.plugin])])}
        />
      }
    >
      <Filters filter={filter} plugins={plugins ?? []} onChange={setFilter} />
      <CrashList key={`${filter.plugin} ${filter.cause}`} filter={filter} newest={newestOf(plugins)} />
    </Page>
  );
}

/** The id of the newest crash that anybody has heard of. */
function newestOf(plugins: readonly LivePlugin[] | undefined): number {
  return Math.max(0, ...(plugins ?? []).map(({ lastCrash }) => lastCrash?.id ?? 0));
}

function CrashList({ filter, newest }: { readonly filter: Filter; readonly newest: number }) {
  const [limit, setLimit] = useState(PAGE);
  const path = useMemo(() => {
    const query = new URLSearchParams({ limit: String(limit) });
    if (filter.plugin !== '') query.set('plugin', filter.plugin);
    if (filter.cause !== '') query.set('cause', filter.cause);
    return `/crashes?${query}`;
  }, [filter.plugin, filter.cause, limit]);
  const { data, problem, isLoading, reload } = useApi<CrashListResult>(path);
  useWhenBack(reload);
  // biome-ignore lint/correctness/useExhaustiveDependencies: there is another one
  useEffect(() => void reload(), [reload, newest]);
  if (problem !== undefined) {
    return <ErrorCard problem={problem} title="The crashes cannot be shown" onRetry={() => void reload()} />;
  }
  if (data === undefined) return <Loading what="Reading the crashes" />;
  const isFiltered = filter.plugin !== '' || filter.cause !== '';
  return (
    <>
      <DataTable
        label="Crashes, newest first"
        columns={COLUMNS}
        rows={data.crashes}
        keyOf={({ id }) => String(id)}
        empty={
          isFiltered ? (
            <EmptyState title="No crash is like that.">
              <p>Take a filter away.</p>
            </EmptyState>
          ) : (
            <EmptyState title="Nothing has crashed.">
              <p>When a plugin ends unasked, it stands here with all that was kept of it.</p>
            </EmptyState>
          )
        }
      />
      {data.crashes.length === limit && limit < MAX_CRASHES ? (
        <p>
          <Button isBusy={isLoading} onClick={() => setLimit(limit === PAGE ? 4 * PAGE : MAX_CRASHES)}>
            Show older ones
          </Button>
        </p>
      ) : null}
    </>
  );
}

const ALL = ['', 'all'] as const;

interface FiltersProps {
  readonly filter: Filter;
  readonly plugins: readonly LivePlugin[];
  onChange(filter: Filter): void;
}

function Filters({ filter, plugins, onChange }: FiltersProps) {
  const ids = new Set(plugins.map(({ id }) => id));
  if (filter.plugin !== '') ids.add(filter.plugin);
  return (
    <search className="filter-bar" aria-label="Filter the crashes">
      <SelectField
        label="Plugin"
        value={filter.plugin}
        options={[ALL, ...[...ids].sort().map((id) => [id, id] as const)]}
        onChange={(plugin) => onChange({ ...filter, plugin })}
      />
      <SelectField
        label="Cause"
        value={filter.cause}
        options={[ALL, ...CRASH_CAUSES.map((cause) => [cause, cause] as const)]}
        onChange={(cause) => onChange({ ...filter, cause })}
      />
    </search>
  );
}
