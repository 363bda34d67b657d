/** Actors in words, as `toru why` and the reasons use them. */

import type { Actor } from '../../protocol/control/plugins.ts';

/** `ops (uid 1000, pid 4242)`, `ann via toru-web (uid 990, pid 4242)`, `torud`, `the machine's start`. */
export function actorText(actor: Actor): string {
  switch (actor.kind) {
    case 'boot':
      return 'the start of the machine';
    case 'daemon':
      return 'torud';
    case 'plugin':
      return `plugin ${actor.name ?? '?'}`;
    case 'user': {
      const facts = [
        actor.uid === undefined ? undefined : `uid ${actor.uid}`,
        actor.pid === undefined ? undefined : `pid ${actor.pid}`,
      ].filter((fact) => fact !== undefined);
      const account = actor.name ?? 'somebody';
      const name =
        actor.onBehalfOf === undefined ? account : `${actor.onBehalfOf} via ${actor.via ?? account}`;
      return facts.length === 0 ? name : `${name} (${facts.join(', ')})`;
    }
  }
}

/** `ops (uid 1000, pid 4242) ran "toru stop backup"`. */
export function ranText(actor: Actor, verb: string, plugin: string): string {
  if (actor.kind !== 'user' || actor.onBehalfOf !== undefined) return `${actorText(actor)} asked for ${verb}`;
  return `${actorText(actor)} ran "toru ${verb} ${plugin}"`;
}
