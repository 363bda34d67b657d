/** The keys that act on the chosen plugin: each is a `toru` verb, asked about first when it takes something down. */

import type { Role as ControlRole } from '../../protocol/control/envelope.ts';
import type { Key } from './messages.ts';
import type { Context, KeyHelp, Screen, Step } from './screen.ts';

interface ActionKey extends KeyHelp {
  readonly verb: string;
  readonly needs: ControlRole;
}

export const ACTION_KEYS: Readonly<Record<Key, ActionKey>> = {
  s: { keys: 's', does: 'start', verb: 'start', needs: 'operate' },
  x: { keys: 'x', does: 'stop', verb: 'stop', needs: 'operate' },
  r: { keys: 'r', does: 'restart', verb: 'restart', needs: 'operate' },
  e: { keys: 'e', does: 'enable', verb: 'enable', needs: 'operate' },
  d: { keys: 'd', does: 'disable', verb: 'disable', needs: 'operate' },
  K: { keys: 'K', does: 'kill', verb: 'kill -s SIGKILL', needs: 'operate' },
  R: { keys: 'R', does: 'reset-failed', verb: 'reset-failed', needs: 'operate' },
  E: { keys: 'E', does: 'edit settings', verb: 'edit', needs: 'admin' },
};

const RANKS: Readonly<Record<ControlRole, number>> = { view: 0, operate: 1, admin: 2 };

/** Why the person may not do it; undefined: allowed. */
export function refusalOf(needs: ControlRole, { model }: Context): string | undefined {
  if (model.connection.kind !== 'connected') return 'torud is away';
  const { role } = model.connection.welcome;
  return RANKS[role] >= RANKS[needs] ? undefined : `you may ${role}, and this needs ${needs}`;
}

export function keyAction(key: Key, screen: Screen, context: Context): Step | undefined {
  const action = Object.hasOwn(ACTION_KEYS, key) ? ACTION_KEYS[key] : undefined;
  if (action === undefined) return undefined;
  const id = screen.chosen(context);
  if (id === undefined) return { screen, notice: `${action.does}: no plugin is chosen` };
  const refusal = refusalOf(action.needs, context);
  if (refusal !== undefined) return { screen, notice: `${action.does} ${id}: ${refusal}` };
  if (action.verb === 'edit') return { screen, effects: [{ type: 'edit', plugin: id }] };
  const argv = [...action.verb.split(' '), id];
  return { screen, go: { kind: 'confirm', argv, plugins: [id] } };
}
