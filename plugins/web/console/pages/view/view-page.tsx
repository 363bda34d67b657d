/** /plugins/:id/view: a plugin's own page, or why there is none to show. */

import { Link, useParams } from 'wouter';
import { type LivePlugin, useLive } from '../../live/live.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { StateWord } from '../../parts/state-word.tsx';
import { UnknownPlugin } from '../plugin/unknown-plugin.tsx';
import { PluginFrame } from './plugin-frame.tsx';

export function ViewPage() {
  const { id = '' } = useParams();
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
  return (
    <Page
      title={plugin.name}
      lead={plugin.state === 'running' ? undefined : <StateWord state={plugin.state} />}
      actions={<Link href={`/plugins/${id}`}>State, logs and settings</Link>}
    >
      <Content plugin={plugin} />
    </Page>
  );
}

function Content({ plugin }: { readonly plugin: LivePlugin }) {
  const { id, name, enabled, bundle, state } = plugin;
  if (!enabled) {
    return (
      <EmptyState title={`${name} is disabled, and its page with it.`}>
        <p>
          Enable it on <Link href={`/plugins/${id}`}>its page of state</Link>, or with
        </p>
        <CommandHint command={`toru enable ${id}`} />
      </EmptyState>
    );
  }
  if (bundle === undefined) {
    return (
      <EmptyState title={`${name} has no page of its own.`}>
        <p>
          <Link href={`/plugins/${id}`}>See its state, logs and settings</Link>. A plugin gets a page by
          “bundle” in its plugin.json.
        </p>
      </EmptyState>
    );
  }
  return (
    <>
      {state !== 'running' && (
        <p className="page-note" role="status">
          {name} is {state}: its page may get no answers now.
        </p>
      )}
      <PluginFrame key={id} plugin={plugin} />
    </>
  );
}
