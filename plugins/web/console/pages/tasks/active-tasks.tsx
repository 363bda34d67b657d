/** What runs and what waits, live. */

import { useMemo } from 'react';
import { isFinal, type Task } from '../../../../../src/protocol/control/tasks.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { useSession } from '../../session/session.tsx';
import { CancelButton } from './cancel-button.tsx';
import { BY, COMMAND, OUTPUT, RUNS_FOR, STATE } from './task-columns.tsx';

export function ActiveTasks({ tasks }: { readonly tasks: readonly Task[] }) {
  const { mayOperate } = useSession();
  const columns = useMemo(() => columnsFor(mayOperate), [mayOperate]);
  const active = useMemo(() => tasks.filter(({ state }) => !isFinal(state)), [tasks]);
  return (
    <section aria-labelledby="active-tasks" className="section">
      <header className="section-head">
        <h2 id="active-tasks">Running and queued</h2>
        {active.length === 0 ? null : <span className="tab-count">{active.length}</span>}
      </header>
      <DataTable
        label="Running and queued tasks"
        columns={columns}
        rows={active}
        keyOf={({ id }) => id}
        empty={<p className="dim">Nothing runs now, and nothing waits.</p>}
      />
    </section>
  );
}

function columnsFor(mayOperate: boolean): readonly Column<Task>[] {
  const cancel: Column<Task> = {
    id: 'cancel',
    title: 'Cancel',
    isTitleHidden: true,
    render: (task) => <CancelButton task={task} kind="quiet" />,
  };
  return [COMMAND, STATE, RUNS_FOR, OUTPUT, BY, ...(mayOperate ? [cancel] : [])];
}
