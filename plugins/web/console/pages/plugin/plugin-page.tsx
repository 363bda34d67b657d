/** /plugins/:id and its tabs: one plugin, as it is now and as it has been. */

import { useLocation, useParams } from 'wouter';
import { type LivePlugin, useLive } from '../../live/live.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { StateWord } from '../../parts/state-word.tsx';
import { type Tab, Tabs } from '../../parts/tabs.tsx';
import { CrashesTab } from './crashes-tab.tsx';
import { DataTab } from './data-tab.tsx';
import { EventsTab } from './events-tab.tsx';
import { LogsTab } from './logs-tab.tsx';
import { PluginActions } from './plugin-actions.tsx';
import { PluginFacts } from './plugin-facts.tsx';
import { SettingsTab } from './settings-tab.tsx';
import { UnknownPlugin } from './unknown-plugin.tsx';
import { WhyTab } from './why-tab.tsx';
import './plugin.css';
import '../../look/sections.css';

const TABS: readonly Tab[] = [
  { id: 'why', label: 'Why' },
  { id: 'logs', label: 'Logs' },
  { id: 'crashes', label: 'Crashes' },
  { id: 'events', label: 'Events' },
  { id: 'data', label: 'Data' },
  { id: 'settings', label: 'Settings' },
];
const OWN_PAGE: Tab = { id: 'view', label: 'Its own page' };

export function PluginPage() {
  const { id = '', tab = 'why', item } = useParams();
  const { plugins } = useLive();
  if (plugins === undefined) {
    return (
      <Page title={id}>
        <Loading />
      </Page>
    );
  }
  const plugin = plugins.find((one) => one.id === id);
  if (plugin === undefined) return <UnknownPlugin id={id} />;
  return <KnownPlugin key={id} plugin={plugin} tab={tab} item={item} />;
}

interface KnownPluginProps {
  readonly plugin: LivePlugin;
  readonly tab: string;
  readonly item: string | undefined;
}

function KnownPlugin({ plugin, tab, item }: KnownPluginProps) {
  const { id, name, state, health, description, bundle, enabled } = plugin;
  const [, navigate] = useLocation();
  const isKnown = TABS.some((one) => one.id === tab);
  const tabs = [...TABS, ...(bundle !== undefined && enabled ? [OWN_PAGE] : [])];
  return (
    <Page
      title={name}
      lead={<StateWord state={state} isUnhealthy={state === 'running' && health === 'unhealthy'} />}
      subtitle={description === '' ? undefined : description}
      actions={<PluginActions plugin={plugin} />}
    >
      <PluginFacts plugin={plugin} />
      <Tabs
        label={`About ${name}`}
        tabs={tabs}
        active={isKnown ? tab : 'why'}
        onSelect={(next) => navigate(next === 'why' ? `/plugins/${id}` : `/plugins/${id}/${next}`)}
      >
        <Content plugin={plugin} tab={tab} item={item} />
      </Tabs>
    </Page>
  );
}

function Content({ plugin, tab, item }: KnownPluginProps) {
  switch (tab) {
    case 'logs':
      return <LogsTab plugin={plugin} />;
    case 'crashes':
      return <CrashesTab plugin={plugin} crash={item} />;
    case 'events':
      return <EventsTab plugin={plugin} />;
    case 'data':
      return <DataTab plugin={plugin} />;
    case 'settings':
      return <SettingsTab plugin={plugin} />;
    default:
      return <WhyTab plugin={plugin} />;
  }
}
