/** What the control server may ask of a supervisor, answered as a test wants it. */

import type { ActionVerb, PlannedAction } from '../../src/daemon/supervisor/contract.ts';
import type {
  ActionOutcome,
  CompactRow,
  PluginStatus,
  WhyResult,
} from '../../src/protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../src/protocol/errors.ts';
import type { PluginStateName } from '../../src/protocol/plugin-state.ts';
import { failure, type Result, success } from '../../src/protocol/result.ts';

/** Its plugins are where a test puts them; `db` refuses every action. */
export class FakeSupervisor {
  readonly states = new Map<string, PluginStateName>([
    ['api', 'running'],
    ['db', 'stopped'],
    ['web', 'running'],
  ]);
  readonly acted: string[] = [];
  readonly planned: string[] = [];
  /** What `inOrder` answers; as asked unless a test sets it. */
  order: readonly string[] | undefined;
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
  why = (id: string): Result<WhyResult, ErrorBody> =>
    this.states.has(id)
      ? success({ text: 'because' } as WhyResult)
      : failure(errorBody('not_found', 'no such plugin', { name: id }));
  plan = (verb: ActionVerb, ids: readonly string[]): PlannedAction => {
    this.planned.push(`${verb} ${ids.join(' ')}`);
    const outcomes = ids.map((plugin) => ({ plugin, changed: true, state: this.states.get(plugin) ?? null }));
    return { steps: [], outcomes };
  };
  inOrder = (_verb: ActionVerb, ids: readonly string[]): readonly string[] => this.order ?? ids;
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
