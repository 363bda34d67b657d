/** Trees as they are drawn. */

import { expect, it } from 'vitest';
import { drawTree } from '../../src/cli/output/tree.ts';

interface Named {
  readonly name: string;
  readonly nodes: readonly Named[];
}

function node(name: string, ...nodes: readonly Named[]): Named {
  return { name, nodes };
}

const TREE = node('web', node('crm', node('db'), node('queue')), node('cache'));

it('a tree has one line a node, with lines that lead to it', () => {
  expect(drawTree(TREE, ({ name }) => name, 'lines')).toEqual([
    'web',
    '├─ crm',
    '│  ├─ db',
    '│  └─ queue',
    '└─ cache',
  ]);
});

it('without such lines it is drawn in ASCII', () => {
  expect(drawTree(TREE, ({ name }) => name, 'ascii')).toEqual([
    'web',
    '|- crm',
    '|  |- db',
    '|  `- queue',
    '`- cache',
  ]);
});
