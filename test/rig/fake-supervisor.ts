/** What the control server may ask of a supervisor, answered as a test wants it. */

import type { ActionVerb } from '../../src/daemon/supervisor/contract.ts';
import type { ActionOutcome, CompactRow, PluginStatus } from '../../src/protocol/control/plugins.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import type { PluginStateName } from '../../src/protocol/plugin-state.ts';
import { failure, success } from '../../src/protocol/result.ts';

/** Its plugins are where a test puts them; `db` refuses every action. */
export class FakeSupervisor {
  readonly states = new Map<string, PluginStateName>([
    ['api', 'running'],
    ['db', 'stopped'],
    ['web', 'running'],
  ]);
  readonly acted: string[] = [];
  readonly done = new Map<string, PromiseWithResolvers<ActionOutcome>>();

  ids = (): readonly string[] => [...this.states.keys()];
  status = (id: string): PluginStatus | undefined => {
    const state = this.states.get(id);
    return state === undefined ? undefined : ({ id, state, enabled: state === 'running' } as PluginStatus);
  };
  compactRow = (id: string): CompactRow | undefined => {
    const state = this.states.get(id);
    return state === undefined
      ? undefined
      : [id, state, state === 'running', 'process', null, null, 0, null, null, id];
  };
  show = (): undefined => undefined;
  why = (id: string): string | undefined => (this.states.has(id) ? 'because' : undefined);
  act = (verb: ActionVerb, id: string) => {
    this.acted.push(`${verb} ${id}`);
    if (id === 'db') return failure(errorBody('invalid', 'port must be a number'));
    const done = Promise.withResolvers<ActionOutcome>();
    this.done.set(id, done);
    return success({ changed: true, done: done.promise });
  };
  kill = (id: string, signal: string) => {
    this.acted.push(`${signal} ${id}`);
    return id === 'db'
      ? failure(errorBody('not_running', 'it has no process', { name: id }))
      : success({ plugin: id, changed: true, state: this.states.get(id) ?? null });
  };
}
