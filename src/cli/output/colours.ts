/** Colours of the terminal, and which state has which. Never the only carrier of a meaning. */

import type { PluginStateName } from '../../protocol/plugin-state.ts';

const SGR = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof SGR;

export function paint(text: string, colour: Colour | undefined): string {
  return colour === undefined ? text : `\x1b[${SGR[colour]}m${text}\x1b[0m`;
}

const STATE_COLOURS: Readonly<Record<PluginStateName, Colour | undefined>> = {
  stopped: 'dim',
  waiting: 'yellow',
  starting: 'yellow',
  running: 'green',
  stopping: 'yellow',
  backoff: 'yellow',
  failed: 'red',
  exited: 'dim',
  invalid: 'red',
};

/** The colour of a state; undefined for one that this version does not know. */
export function stateColour(state: PluginStateName): Colour | undefined {
  return STATE_COLOURS[state];
}
