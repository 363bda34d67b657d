/** Names of a plugin's states (DESIGN.md, "State machine"), and the sets derived from them. */

export const PLUGIN_STATES = [
  'stopped',
  'waiting',
  'starting',
  'running',
  'stopping',
  'backoff',
  'failed',
  'exited',
  'invalid',
] as const;

export type PluginStateName = (typeof PLUGIN_STATES)[number];

/** States in which a process of the plugin exists, or may exist. */
export const STATES_WITH_PROCESS: ReadonlySet<PluginStateName> = new Set(['starting', 'running', 'stopping']);

/** States that nothing but a person (or a boot) leaves. */
export const STATES_AT_REST: ReadonlySet<PluginStateName> = new Set([
  'stopped',
  'failed',
  'exited',
  'invalid',
]);

/** The one-letter form of a state, for narrow screens and for people who do not see colours. */
export const STATE_LETTERS: Readonly<Record<PluginStateName, string>> = {
  stopped: 'S',
  waiting: 'W',
  starting: '+',
  running: 'R',
  stopping: '-',
  backoff: 'B',
  failed: 'F',
  exited: 'E',
  invalid: 'I',
};

export type Wanted = 'up' | 'down';
export type Health = 'unknown' | 'healthy' | 'unhealthy';
export type Runtime = 'process' | 'wasm' | 'library';
