/** What happened to a plugin, by whom and why, the newest first, as it happens. */

import { useEffect, useMemo, useState } from 'react';
import { actorText } from '../../../../../src/cli/actor-text.ts';
import { sanitise, sanitiseBlock } from '../../../../../src/cli/output/sanitise.ts';
import { formatClock, formatDateTime } from '../../../../../src/cli/output/sizes.ts';
import type { ErrorCode, PluginEvent, Problem } from '../../api/answer-types.ts';
import { inWords } from '../../api/problem-words.ts';
import { type LivePlugin, useFollow } from '../../live/live.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Field } from '../../parts/field.tsx';
import { Loading } from '../../parts/loading.tsx';

/** Of before, and all that are kept. */
const FIRST_EVENTS = 200;
const MAX_EVENTS = 2_000;

const BAD = new Set(['crashed', 'gave-up', 'killed']);

const COLUMNS: readonly Column<PluginEvent>[] = [
  {
    id: 'at',
    title: 'At',
    render: ({ at }) => (
      <time className="moment" dateTime={at} title={formatDateTime(at)}>
        {formatClock(at, Date.now())}
      </time>
    ),
  },
  {
    id: 'type',
    title: 'What',
    render: ({ type }) => <span className={BAD.has(type) ? 'tone-bad' : undefined}>{type}</span>,
  },
  {
    id: 'reason',
    title: 'Why',
    render: ({ reason, actor }) => (
      <>
        {sanitise(reason)}
        <span className="phone-only dim">{sanitise(actorText(actor))}</span>
      </>
    ),
  },
  { id: 'actor', title: 'By', onPhone: 'hidden', render: ({ actor }) => sanitise(actorText(actor)) || '–' },
  { id: 'details', title: 'Details', onPhone: 'hidden', render: (event) => <Details event={event} /> },
];

interface Known {
  /** Newest first. */
  readonly events: readonly PluginEvent[];
  readonly isKnown: boolean;
  readonly problem?: Pick<Problem, 'detail' | 'hint'>;
}

export function EventsTab({ plugin: { id } }: { readonly plugin: LivePlugin }) {
  const [{ events, isKnown, problem }, setKnown] = useState<Known>({ events: [], isKnown: false });
  const [type, setType] = useState('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: another plugin has other events
  useEffect(() => setKnown({ events: [], isKnown: false }), [id]);
  useFollow({ topic: 'events', plugin: id, limit: FIRST_EVENTS }, (message) => {
    if (message.type === 'live') setKnown((before) => ({ ...before, isKnown: true }));
    else if (message.type === 'events') setKnown((before) => withNew(before, message.events ?? []));
    else if (message.type === 'error') {
      const { message: detail = 'they cannot be followed', hint } = message;
      const code = typeof message.code === 'string' ? (message.code as ErrorCode) : 'failed';
      const problem = inWords({ code, detail, ...(hint === undefined ? {} : { hint }) });
      setKnown((before) => ({ ...before, problem }));
    }
  });
  const types = useMemo(() => [...new Set(events.map((event) => event.type))].sort(), [events]);
  if (problem !== undefined) return <ErrorCard problem={problem} title="The events cannot be shown" />;
  if (!isKnown && events.length === 0) return <Loading />;
  return (
    <>
      <div className="tab-tools">
        <Field
          label="Show"
          control={(attributes) => (
            <select {...attributes} value={type} onChange={(event) => setType(event.target.value)}>
              <option value="">all events</option>
              {types.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
        />
      </div>
      <DataTable
        label={`Events of ${id}, newest first`}
        columns={COLUMNS}
        rows={type === '' ? events : events.filter((event) => event.type === type)}
        keyOf={(event) => String(event.id)}
        empty={<EmptyState title="Nothing has happened to it yet." />}
      />
    </>
  );
}

/** What comes twice, after a lost connection, is taken once. */
function withNew({ events: before }: Known, added: readonly PluginEvent[]): Known {
  const newest = before[0]?.id ?? 0;
  const fresh = added.filter(({ id }) => id > newest).reverse();
  return { events: [...fresh, ...before].slice(0, MAX_EVENTS), isKnown: true };
}

function Details({ event: { details } }: { readonly event: PluginEvent }) {
  if (Object.keys(details).length === 0) return null;
  return (
    <details className="event-more">
      <summary>show</summary>
      <pre className="event-details">{sanitiseBlock(JSON.stringify(details, undefined, 2))}</pre>
    </details>
  );
}
