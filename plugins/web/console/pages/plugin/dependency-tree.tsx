/** What a plugin needs, and what that needs; and who needs it. */

import { useEffect } from 'react';
import { Link } from 'wouter';
import type {
  DependencyNode,
  DependencyTreeResult,
} from '../../../../../src/protocol/control/dependencies.ts';
import { useApi } from '../../api/use-api.ts';
import { ErrorCard } from '../../parts/error-card.tsx';
import { StateWord } from '../../parts/state-word.tsx';

export interface DependencyTreeProps {
  readonly id: string;
  /** Ids. */
  readonly neededBy: readonly string[];
  /** Another text: the tree is asked for again. */
  readonly life: string;
}

export function DependencyTree({ id, neededBy, life }: DependencyTreeProps) {
  const { data, problem, reload } = useApi<DependencyTreeResult>(`/plugins/${id}/dependencies`);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see `life`
  useEffect(() => void reload(), [reload, life]);
  return (
    <section aria-labelledby="needs-head">
      <h2 id="needs-head">Dependencies</h2>
      {problem !== undefined && (
        <ErrorCard problem={problem} title="The dependencies cannot be shown" onRetry={() => void reload()} />
      )}
      {data !== undefined &&
        (data.tree.nodes.length === 0 ? <p>It needs no other plugin.</p> : <Nodes nodes={data.tree.nodes} />)}
      {neededBy.length > 0 && (
        <p>
          Needed by{' '}
          {neededBy.map((other, index) => (
            <span key={other}>
              {index > 0 && ', '}
              <Link href={`/plugins/${other}`}>{other}</Link>
            </span>
          ))}
          .
        </p>
      )}
    </section>
  );
}

function Nodes({ nodes }: { readonly nodes: readonly DependencyNode[] }) {
  return (
    <ul className="tree">
      {nodes.map((node) => (
        <li key={node.plugin}>
          {node.state === null ? (
            <span className="mono">{node.plugin}</span>
          ) : (
            <Link href={`/plugins/${node.plugin}`} className="mono">
              {node.plugin}
            </Link>
          )}{' '}
          {node.range !== '*' && <span className="mono dim">{node.range}</span>}{' '}
          {node.state === null ? (
            <span className="tone-bad">not installed</span>
          ) : (
            <StateWord state={node.state} />
          )}{' '}
          {node.version !== null && (
            <span className={node.fits ? 'dim' : 'tone-bad'}>
              {node.version}
              {!node.fits && ' does not fit'}
            </span>
          )}
          {!node.required && <span className="dim"> optional</span>}
          {node.isCycle && <span className="tone-bad"> a cycle</span>}
          {node.nodes.length > 0 && <Nodes nodes={node.nodes} />}
        </li>
      ))}
    </ul>
  );
}
