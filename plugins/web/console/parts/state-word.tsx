/** A state as the command line calls it: a word, a shape and a colour. */

import type { TaskState } from '../../../../src/protocol/control/tasks.ts';
import type { PluginStateName } from '../../../../src/protocol/plugin-state.ts';

export type Tone = 'good' | 'busy' | 'bad' | 'dim';
export type Shape = 'full' | 'half' | 'ring' | 'cross' | 'wedge';

interface Sign {
  readonly tone: Tone;
  readonly shape: Shape;
}

const PLUGIN_SIGNS: Readonly<Record<PluginStateName, Sign>> = {
  stopped: { tone: 'dim', shape: 'ring' },
  waiting: { tone: 'busy', shape: 'ring' },
  starting: { tone: 'busy', shape: 'half' },
  running: { tone: 'good', shape: 'full' },
  stopping: { tone: 'busy', shape: 'half' },
  backoff: { tone: 'busy', shape: 'wedge' },
  failed: { tone: 'bad', shape: 'cross' },
  exited: { tone: 'dim', shape: 'half' },
  invalid: { tone: 'bad', shape: 'wedge' },
};

const TASK_SIGNS: Readonly<Record<TaskState, Sign>> = {
  queued: { tone: 'busy', shape: 'ring' },
  running: { tone: 'busy', shape: 'half' },
  done: { tone: 'good', shape: 'full' },
  failed: { tone: 'bad', shape: 'cross' },
  cancelled: { tone: 'dim', shape: 'ring' },
  lost: { tone: 'bad', shape: 'wedge' },
};

const UNKNOWN: Sign = { tone: 'dim', shape: 'ring' };
const UNHEALTHY: Sign = { tone: 'bad', shape: 'wedge' };

const PATHS: Readonly<Record<Shape, string>> = {
  full: 'M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9z',
  half: 'M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9zm0 1.5v6a3 3 0 0 0 0-6z',
  ring: 'M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9zm0 1.5a3 3 0 1 0 0 6a3 3 0 1 0 0-6z',
  cross: 'M2.6 1.2L6 4.6L9.4 1.2L10.8 2.6L7.4 6L10.8 9.4L9.4 10.8L6 7.4L2.6 10.8L1.2 9.4L4.6 6L1.2 2.6z',
  wedge: 'M6 1.2L11.2 10.5H.8zM5.3 4.6v3h1.4v-3zm0 3.7v1.2h1.4V8.3z',
};

export interface StateWordProps {
  readonly state: PluginStateName | (string & {});
  /** Of one that runs: its health check says otherwise. */
  readonly isUnhealthy?: boolean;
}

export function StateWord({ state, isUnhealthy = false }: StateWordProps) {
  const known = (PLUGIN_SIGNS as Readonly<Record<string, Sign>>)[state];
  return (
    <Word sign={isUnhealthy ? UNHEALTHY : (known ?? UNKNOWN)} text={isUnhealthy ? 'unhealthy' : state} />
  );
}

export function TaskStateWord({ state }: { readonly state: TaskState | (string & {}) }) {
  return <Word sign={(TASK_SIGNS as Readonly<Record<string, Sign>>)[state] ?? UNKNOWN} text={state} />;
}

/** The sign alone, with its word for screen readers and as a title. */
export function TroubleSign({ state, isUnhealthy = false }: StateWordProps) {
  const known = (PLUGIN_SIGNS as Readonly<Record<string, Sign>>)[state];
  const { tone, shape } = isUnhealthy ? UNHEALTHY : (known ?? UNKNOWN);
  const word = isUnhealthy ? 'unhealthy' : state;
  return (
    <span className={`state tone-${tone}`} title={word}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={PATHS[shape]} fillRule="evenodd" />
      </svg>
      <span className="visually-hidden">{word}</span>
    </span>
  );
}

function Word({ sign: { tone, shape }, text }: { readonly sign: Sign; readonly text: string }) {
  return (
    <span className={`state tone-${tone}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={PATHS[shape]} fillRule="evenodd" />
      </svg>
      {text}
    </span>
  );
}
