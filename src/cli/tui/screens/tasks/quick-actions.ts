/** Quick actions in their order; enter runs the chosen one. */

import type { ResultOf } from '../../../../protocol/control/methods.ts';
import type { QuickAction } from '../../../../protocol/control/quick-actions.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { commandText } from '../../../tasks/task-words.ts';
import { refusalOf } from '../../actions.ts';
import { line, span } from '../../frame.ts';
import type { Context, Screen, Step } from '../../screen.ts';
import { choiceScreen } from './choice-list.ts';

const ICON_WIDTH = 2;
const MOST_NAME_WIDTH = 20;
const MOST_TITLE_WIDTH = 32;

export function quickActionsScreen(): Screen {
  return choiceScreen<QuickAction>({
    title: 'quick actions',
    tag: 'quick-actions',
    keys: [
      { keys: 'enter', does: 'run' },
      { keys: '/', does: 'filter' },
    ],
    method: 'quickAction.list',
    params: {},
    empty: 'There are no quick actions: "toru actions add NAME SCRIPT" makes one',
    itemsOf: (result) => (result as ResultOf<'quickAction.list'>).actions,
    keyOf: ({ name }) => name,
    wordsOf: ({ name, title, script }) => `${name} ${title} ${script}`,
    headOf: (items) => {
      const { name, title } = widthsOf(items);
      return line(
        span(`  ${padTo('', ICON_WIDTH)} ${padTo('NAME', name)}  ${padTo('TITLE', title)}  COMMAND`, 'dim'),
      );
    },
    rowOf: (action, items) => {
      const { name, title } = widthsOf(items);
      const asks = action.confirm === null ? '' : '  asks first';
      return line(
        `${padTo(cutTo(sanitiseField(action.icon), ICON_WIDTH), ICON_WIDTH)} `,
        `${padTo(cutTo(sanitiseField(action.name), name), name)}  `,
        span(`${padTo(cutTo(sanitiseField(action.title), title), title)}  `, 'strong'),
        sanitiseField(commandText(action)),
        span(asks, 'dim'),
      );
    },
    onKey: (key, action, screen, context) => (key === 'enter' ? run(action, screen, context) : undefined),
    commandOf: (action) => (action === undefined ? ['actions'] : argvOf(action)),
  });
}

function argvOf({ name }: QuickAction): readonly string[] {
  return ['actions', 'run', '--detach', name];
}

/** Asked about first when the action says so. */
function run(action: QuickAction | undefined, screen: Screen, context: Context): Step {
  if (action === undefined) return { screen, notice: 'there is no quick action to run' };
  const refusal = refusalOf('operate', context);
  if (refusal !== undefined) return { screen, notice: `${action.name}: ${refusal}` };
  const argv = argvOf(action);
  if (action.confirm === null) return { screen, effects: [{ type: 'act', argv }] };
  const question = { verb: 'run', note: action.confirm };
  return { screen, go: { kind: 'confirm', argv, plugins: [], question } };
}

function widthsOf(items: readonly QuickAction[]): { readonly name: number; readonly title: number } {
  const most = (least: number, largest: number, texts: readonly string[]): number =>
    Math.min(largest, Math.max(least, ...texts.map((text) => widthOf(sanitiseField(text)))));
  return {
    name: most(
      4,
      MOST_NAME_WIDTH,
      items.map(({ name }) => name),
    ),
    title: most(
      5,
      MOST_TITLE_WIDTH,
      items.map(({ title }) => title),
    ),
  };
}
