/** Trees as `systemctl list-dependencies` and tree(1) draw them. */

export interface TreeNode<Node> {
  readonly nodes: readonly Node[];
}

/** `ascii` for a terminal whose locale has no lines to draw with. */
export type TreeStyle = 'lines' | 'ascii';

const PARTS = {
  lines: { branch: '├─ ', last: '└─ ', pass: '│  ', gap: '   ' },
  ascii: { branch: '|- ', last: '`- ', pass: '|  ', gap: '   ' },
} as const;

/** One line a node, the root first. */
export function drawTree<Node extends TreeNode<Node>>(
  root: Node,
  describe: (node: Node) => string,
  style: TreeStyle,
): readonly string[] {
  const { branch, last, pass, gap } = PARTS[style];
  const lines = [describe(root)];
  const draw = (nodes: readonly Node[], indent: string): void => {
    for (const [index, node] of nodes.entries()) {
      const isLast = index === nodes.length - 1;
      lines.push(`${indent}${isLast ? last : branch}${describe(node)}`);
      draw(node.nodes, `${indent}${isLast ? gap : pass}`);
    }
  };
  draw(root.nodes, '');
  return lines;
}
