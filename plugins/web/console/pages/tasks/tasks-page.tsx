/** Scripts and what came of them: quick actions, what runs, what has run, what will. */

import { useState } from 'react';
import { useParams } from 'wouter';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { ActiveTasks } from './active-tasks.tsx';
import { History } from './history.tsx';
import { QuickActions } from './quick-actions.tsx';
import { Schedules } from './schedules.tsx';
import { Scripts } from './scripts.tsx';
import { TaskPage } from './task-page.tsx';
import '../../look/sections.css';
import './tasks.css';
import { useTasks } from './use-tasks.ts';

const TABS = [
  { id: 'history', label: 'History' },
  { id: 'scripts', label: 'Scripts' },
  { id: 'schedules', label: 'Schedules' },
];

export function TasksPage() {
  const { item } = useParams<{ item?: string }>();
  const live = useTasks();
  const [tab, setTab] = useState('history');
  if (item !== undefined) {
    return <TaskPage key={item} id={item} live={live.tasks?.find(({ id }) => id === item)} />;
  }
  const { tasks, problem, ended } = live;
  return (
    <Page title="Tasks">
      <QuickActions />
      {problem === undefined ? null : <ErrorCard problem={problem} title="Running tasks cannot be shown" />}
      {tasks === undefined && problem === undefined ? <Loading what="Asking what runs" /> : null}
      {tasks === undefined ? null : <ActiveTasks tasks={tasks} />}
      <section>
        <Tabs label="Tasks" tabs={TABS} active={tab} onSelect={setTab}>
          {tab === 'history' ? <History ended={ended} /> : null}
          {tab === 'scripts' ? <Scripts /> : null}
          {tab === 'schedules' ? <Schedules ended={ended} /> : null}
        </Tabs>
      </section>
    </Page>
  );
}
