/** Exit code of a query about one plugin (CLI.md, "Exit codes"): 0 running, 3 not running. */

import type { PluginStateName } from '../protocol/plugin-state.ts';

const NOT_RUNNING_EXIT = 3;

export function runningExitCode(state: PluginStateName): number {
  return state === 'running' ? 0 : NOT_RUNNING_EXIT;
}
