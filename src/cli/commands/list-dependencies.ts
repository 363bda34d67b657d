/** `toru list-dependencies NAME [--reverse]` */

import type { DependencyNode } from '../../protocol/control/dependencies.ts';
import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { ABSENT, type Table } from '../output/table.ts';
import { drawTree, type TreeStyle } from '../output/tree.ts';
import type { Session } from '../session.ts';

export const listDependencies: Command = {
  verb: 'list-dependencies',
  kind: 'query',
  operands: 'NAME',
  minOperands: 1,
  maxOperands: 1,
  takesNames: false,
  options: [{ name: 'reverse', does: 'who needs it, in the place of what it needs' }],
  does: 'show what a plugin needs, and what that needs, as a tree',
  details:
    'Each line has the range that is asked for, the version that is there, and the state. A plugin that stands further up already is not unfolded again. With -o value: the ids below, each once.',
  examples: [
    'toru list-dependencies web',
    'toru list-dependencies --reverse db',
    'toru list-dependencies web -o value',
  ],
  run: runListDependencies,
};

/** A node without what is below it, and where it stands. */
interface FlatNode {
  readonly depth: number;
  readonly parent: string | null;
  readonly node: DependencyNode;
}

async function runListDependencies(session: Session): Promise<Answer> {
  const [plugin = ''] = session.operands;
  const isReverse = session.has('reverse');
  const params = { plugin, ...(isReverse ? { reverse: true } : {}) };
  const result = await session.client.call('plugin.dependencies', params, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  const { tree } = result.value;
  const nodes = flatten(tree, 0, null);
  const below = nodes.slice(1).map(({ node }) => node.plugin);
  const style: TreeStyle = isUtf8(process.env) ? 'lines' : 'ascii';
  const describe = (node: DependencyNode): string =>
    node === tree ? `${node.plugin} (${stateText(node)})` : label(node, isReverse);
  return {
    document: { tree },
    records: nodes.map(({ depth, parent, node: { nodes: _, ...row } }) => ({ depth, parent, ...row })),
    values: [...new Set(below)].filter((id) => id !== plugin),
    table: toTable(nodes),
    text: drawTree(tree, describe, style).join('\n'),
  };
}

function flatten(node: DependencyNode, depth: number, parent: string | null): readonly FlatNode[] {
  return [{ depth, parent, node }, ...node.nodes.flatMap((below) => flatten(below, depth + 1, node.plugin))];
}

/** `crm ^2.0 (2.3.1, running)`; reversed: `web (1.0.0, running), needs ^2.0`. */
function label(node: DependencyNode, isReverse: boolean): string {
  const { plugin, range, required, isCycle } = node;
  const again = isCycle ? ', a cycle: it stands further up' : '';
  const fit = node.version !== null && !node.fits ? ', which does not fit' : '';
  if (isReverse) {
    const how = required ? 'needs' : 'would use';
    return `${plugin} (${stateText(node)}), ${how} ${range === '*' ? 'it' : range}${node.fits ? '' : ', which is not there'}${again}`;
  }
  const asked = range === '*' ? plugin : `${plugin} ${range}`;
  return `${asked}${required ? '' : ', optional'} (${stateText(node)}${fit})${again}`;
}

function stateText({ state, version }: DependencyNode): string {
  return state === null ? 'not installed' : [version, state].filter((part) => part !== null).join(', ');
}

function toTable(nodes: readonly FlatNode[]): Table {
  return {
    columns: ['DEPTH', 'PLUGIN', 'PARENT', 'RANGE', 'REQUIRED', 'STATE', 'VERSION', 'FITS'].map((title) => ({
      title,
    })),
    rows: nodes.map(({ depth, parent, node }) => [
      String(depth),
      node.plugin,
      parent ?? ABSENT,
      node.range,
      node.required ? 'yes' : 'no',
      node.state ?? ABSENT,
      node.version ?? ABSENT,
      node.fits ? 'yes' : 'no',
    ]),
  };
}

/** By the locale, as setlocale(3) chooses it for characters. */
function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}
