/** What one may do to a plugin from the list. The places stay the same whatever its state, so that no click hits another. */

import { STATES_WITH_PROCESS } from '../../../../../src/protocol/plugin-state.ts';
import { type PluginVerb, usePluginAction, verbWord } from '../../actions/use-plugin-action.tsx';
import type { LivePlugin } from '../../live/live.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useSession } from '../../session/session.tsx';

type RowVerb = Exclude<PluginVerb, 'enable' | 'disable'>;

const PATHS: Readonly<Record<RowVerb, string>> = {
  start: 'M5 3.5v9l7.5-4.5z',
  stop: 'M4 4h8v8H4z',
  restart: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3',
  reload: 'M3 4h10M3 8h6M3 12h4M11 9v5M8.5 11.5L11 14l2.5-2.5',
};

export function RowActions({ plugin: { id, state } }: { readonly plugin: LivePlugin }) {
  const { mayOperate } = useSession();
  const { begin, busy, refusal, question } = usePluginAction(id);
  if (!mayOperate) return null;
  const canStop = STATES_WITH_PROCESS.has(state) || state === 'backoff' || state === 'waiting';
  const verbs: readonly RowVerb[] = [canStop && state !== 'stopping' ? 'stop' : 'start', 'restart', 'reload'];
  return (
    <span className="row-actions">
      {verbs.map((verb) => (
        <button
          key={verb === 'stop' ? 'start' : verb}
          type="button"
          className="icon-button"
          aria-label={`${verbWord(verb)} ${id}`}
          title={refusal ?? `${verbWord(verb)}: toru ${verb} ${id}`}
          aria-busy={busy === verb || undefined}
          disabled={refusal !== undefined || (busy !== undefined && busy !== verb)}
          onClick={() => {
            if (busy === undefined) begin(verb);
          }}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={PATHS[verb]} />
          </svg>
          <span className="row-action-word" aria-hidden="true">
            {verbWord(verb)}
          </span>
        </button>
      ))}
      {question}
    </span>
  );
}

export function RowSwitch({ plugin: { id, enabled } }: { readonly plugin: LivePlugin }) {
  const { mayOperate } = useSession();
  const { begin, busy, refusal, question } = usePluginAction(id);
  return (
    <span className="row-switch">
      <Switch
        isOn={enabled}
        label={`${id} enabled`}
        isBusy={busy !== undefined}
        disabled={!mayOperate || refusal !== undefined}
        onChange={(isOn) => begin(isOn ? 'enable' : 'disable')}
      />
      {question}
    </span>
  );
}
