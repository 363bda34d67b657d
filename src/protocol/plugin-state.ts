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

export type Wanted = 'up' | 'down';
export type Health = 'unknown' | 'healthy' | 'unhealthy';
export type Runtime = 'process' | 'wasm' | 'library';
