/** What one may do to a plugin, beside its name; whoever may only look sees the command instead. */

import type { PluginStateName } from '../../../../../src/protocol/plugin-state.ts';
import { type PluginVerb, usePluginAction, verbWord } from '../../actions/use-plugin-action.tsx';
import type { LivePlugin } from '../../live/live.tsx';
import { Button } from '../../parts/button.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useSession } from '../../session/session.tsx';

/** Verbs that make sense now, the likeliest first. */
const VERBS: Readonly<Record<PluginStateName, readonly PluginVerb[]>> = {
  stopped: ['start'],
  exited: ['start'],
  failed: ['start'],
  invalid: ['reload'],
  waiting: ['stop', 'reload'],
  starting: ['stop', 'restart'],
  running: ['restart', 'reload', 'stop'],
  stopping: ['start'],
  backoff: ['start', 'stop'],
};

export function PluginActions({ plugin }: { readonly plugin: LivePlugin }) {
  const { id, enabled, state } = plugin;
  const { mayOperate } = useSession();
  const { begin, busy, refusal, question } = usePluginAction(id);
  if (!mayOperate) return <span className="dim">{enabled ? 'enabled' : 'disabled'}</span>;
  return (
    <>
      {(VERBS[state] ?? ['start', 'stop']).map((verb) => (
        <Button
          key={verb}
          isBusy={busy === verb}
          disabled={refusal !== undefined || (busy !== undefined && busy !== verb)}
          title={refusal ?? `toru ${verb} ${id}`}
          onClick={() => begin(verb)}
        >
          {verbWord(verb)}
        </Button>
      ))}
      <span className="enabled-switch">
        <span aria-hidden="true">Enabled</span>
        <Switch
          isOn={enabled}
          label={`${id} enabled`}
          isBusy={busy === 'enable' || busy === 'disable'}
          disabled={refusal !== undefined}
          onChange={(isOn) => begin(isOn ? 'enable' : 'disable')}
        />
      </span>
      {question}
    </>
  );
}
