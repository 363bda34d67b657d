/** Who did something, in words. */

import type { Actor } from '../protocol/control/plugins.ts';

/** `ops (uid 1000)`, `ann via toru-web (uid 990)`, `torud`, `the boot`, `plugin crm`; empty when nobody is known. */
export function actorText(actor: Actor | null): string {
  if (actor === null) return '';
  switch (actor.kind) {
    case 'daemon':
      return 'torud';
    case 'boot':
      return 'the boot';
    case 'plugin':
      return `plugin ${actor.name ?? '?'}`;
    case 'user':
      return userText(actor);
    default:
      return String(actor.kind satisfies never);
  }
}

function userText({ name: account, uid, onBehalfOf, via }: Actor): string {
  const name = onBehalfOf === undefined ? account : `${onBehalfOf} via ${via ?? account ?? 'a user'}`;
  if (name === undefined) return uid === undefined ? 'a user' : `uid ${uid}`;
  return uid === undefined ? name : `${name} (uid ${uid})`;
}

function isIn(reason: string, name: string | undefined): boolean {
  return name !== undefined && reason.includes(name);
}

/** The reason, and which user did it where the reason does not say so itself. */
export function reasonText(reason: string, actor: Actor | null): string {
  const isNamed = actor?.kind !== 'user' || isIn(reason, actor.onBehalfOf ?? actor.name);
  return isNamed ? reason : `${reason}; by ${actorText(actor)}`;
}
