/** Which page an address shows. Pages are loaded when somebody comes to them. */

import { type ComponentType, lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { Loading } from '../parts/loading.tsx';
import { NotFound } from './not-found.tsx';
import { PageBoundary } from './page-boundary.tsx';

/** What stands in the address behind the page's name; the id is empty where the page has none. */
export interface Address {
  readonly id: string;
  readonly tab: string | undefined;
  readonly item: string | undefined;
}

const LOADS = {
  plugins: async () => (await import('../pages/plugins/plugins-page.tsx')).PluginsPage,
  plugin: async () => (await import('../pages/plugin/plugin-page.tsx')).PluginPage,
  view: async () => (await import('../pages/view/view-page.tsx')).ViewPage,
  logs: async () => (await import('../pages/logs/logs-page.tsx')).LogsPage,
  crashes: async () => (await import('../pages/crashes/crashes-page.tsx')).CrashesPage,
  tasks: async () => (await import('../pages/tasks/tasks-page.tsx')).TasksPage,
  system: async () => (await import('../pages/system/system-page.tsx')).SystemPage,
  users: async () => (await import('../pages/users/users-page.tsx')).UsersPage,
} as const satisfies Readonly<Record<string, () => Promise<ComponentType<Address>>>>;

type PageName = keyof typeof LOADS;

const PluginsPage = page('plugins');
const PluginPage = page('plugin');
const ViewPage = page('view');
const LogsPage = page('logs');
const CrashesPage = page('crashes');
const TasksPage = page('tasks');
const SystemPage = page('system');
const UsersPage = page('users');

/** Begins to load what the address will show, while it is still being asked who is signed in. */
export function preloadPage(path: string): void {
  const [, first = '', id, tab] = path.split('/');
  const own = tab === 'view' ? 'view' : 'plugin';
  const name = first === '' || first === 'sign-in' ? 'plugins' : first === 'plugins' && id ? own : first;
  // What cannot be loaded is said where it is shown.
  if (isPageName(name)) LOADS[name]().catch(() => undefined);
}

function isPageName(name: string): name is PageName {
  return Object.hasOwn(LOADS, name);
}

export function Routes() {
  return (
    <PageBoundary>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/">
            <Redirect to="/plugins" replace />
          </Route>
          <Route path="/plugins" component={PluginsPage} />
          <Route path="/plugins/:id/view" component={ViewPage} />
          <Route path="/plugins/:id/:tab?/:item?" component={PluginPage} />
          <Route path="/logs" component={LogsPage} />
          <Route path="/crashes/:item?" component={CrashesPage} />
          <Route path="/tasks/:item?" component={TasksPage} />
          <Route path="/system" component={SystemPage} />
          <Route path="/users" component={UsersPage} />
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </PageBoundary>
  );
}

function page(name: PageName) {
  const load: () => Promise<ComponentType<Address>> = LOADS[name];
  const Page = lazy(async () => ({ default: await load() }));
  return function AddressedPage({ params }: { readonly params: Readonly<Partial<Record<string, string>>> }) {
    return <Page id={params.id ?? ''} tab={params.tab} item={params.item} />;
  };
}
