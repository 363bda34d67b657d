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
  K: { keys: 'K', does: 'kill (choose the signal)', verb: 'kill -s SIGTERM', needs: 'operate' },
  R: { keys: 'R', does: 'reset-failed', verb: 'reset-failed', needs: 'operate' },
  E: { keys: 'E', does: 'edit settings', verb: 'edit', needs: 'admin' },
};

const RANKS: Readonly<Record<ControlRole, number>> = { view: 0, operate: 1, admin: 2 };

/** Said until torud is back. */
export const AWAY = 'torud is away: nothing can be done before it is back';

/** Why the person may not do it; undefined: allowed. */
export function refusalOf(needs: ControlRole, { model }: Context): string | undefined {
  if (model.connection.kind !== 'connected') return AWAY;
  const { role } = model.connection.welcome;
  if (RANKS[role] >= RANKS[needs]) return undefined;
  // The need comes first: a narrow terminal cuts the rest.
  return `needs ${needs}, you have ${role}: see [[access]] in torud.toml`;
}

export function keyAction(key: Key, screen: Screen, context: Context): Step | undefined {
  const action = Object.hasOwn(ACTION_KEYS, key) ? ACTION_KEYS[key] : undefined;
  if (action === undefined || screen.isApart === true) return undefined;
  const [verb = ''] = action.verb.split(' ');
  const marked = screen.chosenAll?.(context) ?? [];
  const chosen = screen.chosen(context);
  const ids = marked.length > 0 ? marked : chosen === undefined ? [] : [chosen];
  const [first] = ids;
  if (first === undefined) return { screen, notice: `${verb}: no plugin is chosen` };
  const about = ids.length === 1 ? first : `${ids.length} plugins`;
  const refusal = refusalOf(action.needs, context);
  if (refusal !== undefined) return { screen, notice: `${verb} ${about}: ${refusal}` };
  if (action.verb === 'edit') {
    if (ids.length > 1) return { screen, notice: 'edit: one plugin at a time' };
    return { screen, effects: [{ type: 'edit', plugin: first }] };
  }
  return { screen, go: { kind: 'confirm', argv: [...action.verb.split(' '), ...ids], plugins: ids } };
}
