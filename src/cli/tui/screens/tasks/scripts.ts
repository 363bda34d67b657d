/** Scripts of the scripts folder; enter begins the command that runs the chosen one, for its arguments to be added. */

import type { ResultOf } from '../../../../protocol/control/methods.ts';
import type { Script } from '../../../../protocol/control/tasks.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { shellWord } from '../../../shell-words.ts';
import { refusalOf } from '../../actions.ts';
import { line, span } from '../../frame.ts';
import type { Context, Screen, Step } from '../../screen.ts';
import { choiceScreen } from './choice-list.ts';

const MOST_NAME_WIDTH = 32;

export function scriptsScreen(): Screen {
  return choiceScreen<Script>({
    title: 'scripts',
    tag: 'scripts',
    keys: [
      { keys: 'enter', does: 'run' },
      { keys: '/', does: 'filter' },
    ],
    method: 'script.list',
    params: {},
    empty: 'There is no script; "toru scripts" names the folder for them',
    itemsOf: (result) => (result as ResultOf<'script.list'>).scripts,
    keyOf: ({ name }) => name,
    wordsOf: ({ name, description }) => `${name} ${description}`,
    headOf: (items) => line(span(`  ${padTo('SCRIPT', widthFor(items))}  DESCRIPTION`, 'dim')),
    rowOf: ({ name, description, refused }, items) => {
      const width = widthFor(items);
      return line(
        span(padTo(cutTo(sanitiseField(name), width), width), refused === null ? 'strong' : 'dim'),
        '  ',
        refused === null ? sanitiseField(description) : span(`refused: ${sanitiseField(refused)}`, 'bad'),
      );
    },
    onKey: (key, script, screen, context) => (key === 'enter' ? run(script, screen, context) : undefined),
    commandOf: (script) => (script === undefined ? ['scripts'] : ['run', '--detach', script.name]),
  });
}

/** The command is typed up to where arguments go: enter runs it. */
function run(script: Script | undefined, screen: Screen, context: Context): Step {
  if (script === undefined) return { screen, notice: 'there is no script to run' };
  if (script.refused !== null) return { screen, notice: `${script.name} is refused: ${script.refused}` };
  const refusal = refusalOf('operate', context);
  if (refusal !== undefined) return { screen, notice: `${script.name}: ${refusal}` };
  const text = `run --detach ${shellWord(script.name)} -- `;
  return { screen, go: { kind: 'prompt', name: 'command', lead: ':', text } };
}

function widthFor(items: readonly Script[]): number {
  const widths = items.map(({ name }) => widthOf(sanitiseField(name)));
  return Math.min(MOST_NAME_WIDTH, Math.max(6, ...widths));
}
