/** What the screens of crashes ask torud. */

import type { CrashListParams } from '../../../../protocol/control/crashes.ts';
import type { EventItem, EventReadParams, EventType } from '../../../../protocol/control/events.ts';
import { call, type Effect, type FollowEffect, type ModelMessage } from '../../messages.ts';
import type { Model } from '../../model.ts';
import { MAX_MESSAGE } from './crash-capsule.ts';
import { MAX_CHANGES } from './crash-marks.ts';

/** @param id undefined: of all plugins, also those that are gone */
export function askCrashes(tag: string, id: string | undefined, params: CrashListParams): Effect {
  return call(tag, 'crash.list', { ...namesOf(id), ...params });
}

export function askCrash(tag: string, crashId: number): Effect {
  return call(tag, 'crash.show', { id: crashId, withRuns: true, maxMessage: MAX_MESSAGE });
}

/** Both of the streams of a screen, from now on under its tag; asked again, they begin anew. */
export function followBoth(tag: string, id: string | undefined): readonly Effect[] {
  return [...endBoth(tag), followCrashes(`${tag}/crashed`, id), followChanges(`${tag}/changes`, id)];
}

export function endBoth(tag: string): readonly Effect[] {
  return [
    { type: 'unfollow', tag: `${tag}/crashed` },
    { type: 'unfollow', tag: `${tag}/changes` },
  ];
}

/** True when torud is there again, and what failed meanwhile can be asked for once more. */
export function isBack(message: ModelMessage, before: Model): boolean {
  return (
    message.type === 'connection' &&
    message.connection.kind === 'connected' &&
    before.connection.kind !== 'connected'
  );
}

/** Crashes from now on; the newest one before comes first, so that none is missed over a restart of torud. */
function followCrashes(tag: string, id: string | undefined): FollowEffect {
  return followEvents(tag, id, ['crashed'], 1);
}

/** Installations and changes, those before now as well. */
function followChanges(tag: string, id: string | undefined): FollowEffect {
  return followEvents(tag, id, ['installed', 'changed'], MAX_CHANGES);
}

function followEvents(
  tag: string,
  id: string | undefined,
  types: readonly EventType[],
  limit: number,
): FollowEffect {
  const params: EventReadParams = { ...namesOf(id), types, limit, follow: true };
  return {
    type: 'follow',
    tag,
    method: 'event.read',
    params,
    resume: (last) => {
      const newest = (last as EventItem | undefined)?.events.at(-1);
      return newest === undefined ? params : { ...params, afterId: newest.id };
    },
  };
}

function namesOf(id: string | undefined): { readonly names?: readonly string[] } {
  return id === undefined ? {} : { names: [id] };
}
