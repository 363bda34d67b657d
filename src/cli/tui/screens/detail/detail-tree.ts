/** What a plugin needs, and who needs it, as one list of rows with branches before them. Pure. */

import type { DependencyNode, DependencyStatus } from '../../../../protocol/control/dependencies.ts';
import type { PluginStateName } from '../../../../protocol/plugin-state.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { inRole, type Line, line, type Role, span } from '../../frame.ts';
import { type Signs, STATE_LETTERS, STATE_ROLES } from '../../look.ts';
import type { Context } from '../../screen.ts';
import { type DetailState, liveOf } from './detail-state.ts';

/** Whether a need is met now. */
export interface Need {
  readonly isMet: boolean;
  readonly isRequired: boolean;
  readonly state: PluginStateName | null;
  /** `running 2.3.1`, `not installed`. */
  readonly is: string;
  /** Why it is not met; empty when it is. */
  readonly problem: string;
}

/** States and versions from the subscription, where they are newer than the answer. */
export function needOf(
  of: Pick<DependencyStatus, 'plugin' | 'required' | 'state' | 'version' | 'fits'>,
  context: Context,
): Need {
  const live = liveOf(of.plugin, context);
  const state = live?.state ?? of.state;
  const version = live?.version ?? of.version;
  const problem =
    state === null
      ? 'not installed'
      : !of.fits
        ? 'its version does not fit'
        : state === 'running'
          ? ''
          : `it is ${state === 'backoff' ? 'in backoff' : state}`;
  return {
    isMet: problem === '',
    isRequired: of.required,
    state,
    is: state === null ? 'not installed' : [state, version].filter(Boolean).join(' '),
    problem,
  };
}

/** `met`, `not met: its version does not fit`. */
export function metText({ isMet, isRequired, problem }: Need): string {
  const optional = isRequired ? '' : ', optional';
  return isMet ? `met${optional}` : `not met${optional}: ${problem}`;
}

export interface TreeRow {
  /** `├─ crm ^2.0`. */
  readonly name: string;
  readonly node: DependencyNode;
  readonly isReverse: boolean;
  /** The need that the row stands for. */
  readonly needed: Parameters<typeof needOf>[0];
}

/** Rows that a cursor can be on, those of the first tree first. */
export function treeRows(state: DetailState, context: Context): readonly TreeRow[] {
  const { needs, neededBy } = state.questions;
  return [
    ...(needs.value === undefined ? [] : rowsOf(needs.value.tree, false, context)),
    ...(neededBy.value === undefined ? [] : rowsOf(neededBy.value.tree, true, context)),
  ];
}

/** A tree is drawn often and changes seldom; states, which do not, are looked up when a row is drawn. */
const KNOWN = new WeakMap<DependencyNode, { readonly signs: Signs; readonly rows: readonly TreeRow[] }>();

function rowsOf(root: DependencyNode, isReverse: boolean, { look: { signs } }: Context): readonly TreeRow[] {
  const known = KNOWN.get(root);
  if (known?.signs === signs) return known.rows;
  const rows: TreeRow[] = [];
  const unfold = (of: DependencyNode, indent: string): void => {
    for (const [index, node] of of.nodes.entries()) {
      const isLast = index === of.nodes.length - 1;
      const needed = isReverse ? { ...of, fits: node.fits, required: node.required } : node;
      const branches = `${indent}${isLast ? signs.lastBranch : signs.branch} `;
      rows.push({ name: `${branches}${wantedText(node)}`, node, isReverse, needed });
      unfold(node, `${indent}${isLast ? ' '.repeat(widthOf(signs.trunk)) : signs.trunk} `);
    }
  };
  unfold(root, '');
  KNOWN.set(root, { signs, rows });
  return rows;
}

function wantedText({ plugin, range }: DependencyNode): string {
  return sanitiseField(range === '*' ? plugin : `${plugin} ${range}`);
}

export interface TreeLine {
  /** Undefined: no row, but a title or a word in the place of rows. */
  readonly row: number | undefined;
  draw(isChosen: boolean): Line;
}

/** All lines of the section; only those on the screen are drawn. */
export function treeLines(
  state: DetailState,
  rows: readonly TreeRow[],
  context: Context,
): readonly TreeLine[] {
  const id = sanitiseField(state.id);
  const width = Math.min(
    rows.reduce((most, { name }) => Math.max(most, widthOf(name)), 12),
    Math.max(12, Math.floor(context.size.columns / 2) - 4),
  );
  const part = (
    isReverse: boolean,
    title: string,
    none: string,
    failure: string | undefined,
  ): readonly TreeLine[] => {
    const own = rows.flatMap((row, at) => (row.isReverse === isReverse ? [at] : []));
    const asked = isReverse ? state.questions.neededBy : state.questions.needs;
    const word =
      failure !== undefined
        ? span(`   ${sanitiseField(failure)}; ctrl-r asks again`, 'bad')
        : span(asked.value === undefined ? '   asking torud' : `   ${none}`, 'dim');
    return [
      { row: undefined, draw: () => line(span(` ${title}`, 'title')) },
      ...(own.length === 0 || failure !== undefined ? [{ row: undefined, draw: () => line(word) }] : []),
      ...own.map((at) => ({
        row: at,
        draw: (isChosen: boolean) => rowLine(rows[at], width, isChosen, context),
      })),
    ];
  };
  const { needs, neededBy } = state.questions;
  return [
    ...part(false, `${id} needs`, 'nothing', needs.failure?.message),
    { row: undefined, draw: () => [] },
    ...part(true, `${id} is needed by`, 'nobody', neededBy.failure?.message),
  ];
}

const STATE_WIDTH = 10;
const VERSION_WIDTH = 9;

function rowLine(row: TreeRow | undefined, width: number, isChosen: boolean, context: Context): Line {
  if (row === undefined) return [];
  const { signs } = context.look;
  const { node, needed } = row;
  const need = needOf(needed, context);
  const { state, version } = liveOf(node.plugin, context) ?? node;
  const role: Role = need.isMet ? 'good' : need.isRequired ? 'bad' : 'dim';
  const made = line(
    isChosen ? `${signs.cursor} ` : '  ',
    padTo(cutTo(row.name, width), width),
    '  ',
    span(
      padTo(state === null ? `${signs.absent}` : `${STATE_LETTERS[state]} ${state}`, STATE_WIDTH),
      state === null ? 'bad' : STATE_ROLES[state],
    ),
    '  ',
    span(padTo(cutTo(sanitiseField(version ?? signs.absent), VERSION_WIDTH), VERSION_WIDTH), 'dim'),
    '  ',
    span(metText(need), role),
    span(node.isCycle ? '  a cycle: it stands further up' : '', 'dim'),
  );
  return isChosen ? inRole(made, 'selected') : made;
}
