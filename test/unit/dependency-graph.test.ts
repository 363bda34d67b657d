/** The graph of dependencies: order, reach, cycles. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cycleText, DependencyGraph } from '../../src/daemon/catalog/dependency-graph.ts';
import type { Dependency } from '../../src/daemon/catalog/settings.ts';

function need(plugin: string, required = true): Dependency {
  return { plugin, range: '*', required };
}

/** `web: 'crm db?'`: web needs crm and would use db. */
function graphOf(needs: Readonly<Record<string, string>>): DependencyGraph {
  return new DependencyGraph(
    Object.entries(needs).map(([id, text]) => ({
      id,
      dependencies: text
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => need(word.replace('?', ''), !word.endsWith('?'))),
    })),
  );
}

const SHOP = graphOf({ ui: 'web', web: 'crm cache?', crm: 'db', report: 'db', db: '', cache: '' });

describe('a graph', () => {
  it('knows all that a plugin cannot be without, and all that cannot be without it', () => {
    expect(SHOP.needsOf('ui')).toEqual(['web', 'crm', 'db']);
    expect(SHOP.neededBy('db')).toEqual(['crm', 'report', 'web', 'ui']);
    expect(SHOP.neededBy('cache')).toEqual([]);
    expect(SHOP.dependentsOf('cache')).toEqual([{ plugin: 'web', range: '*', required: false }]);
  });

  it('puts what can go together into one level', () => {
    expect(SHOP.levels(['ui', 'web', 'crm', 'report', 'db', 'cache'])).toEqual([
      ['db', 'cache'],
      ['crm', 'report'],
      ['web'],
      ['ui'],
    ]);
  });

  it('keeps the order of plugins whose connection is not among them', () => {
    expect(SHOP.levels(['ui', 'db'])).toEqual([['db'], ['ui']]);
    expect(SHOP.levels(['ui', 'report'])).toEqual([['ui', 'report']]);
  });

  it('names a cycle from each of its members', () => {
    const graph = graphOf({ a: 'b', b: 'c', c: 'a', d: 'a' });
    expect(cycleText(graph.cycleOf('a') ?? [])).toBe('a → b → c → a');
    expect(cycleText(graph.cycleOf('c') ?? [])).toBe('c → a → b → c');
    expect(graph.cycleOf('d'), 'it needs a cycle, and is none').toBeUndefined();
    expect(graph.isCircular('a', 'c')).toBe(true);
    expect(graph.isCircular('d', 'a')).toBe(false);
  });

  it('names the shortest of several cycles', () => {
    const graph = graphOf({ a: 'b c', b: 'd', d: 'a', c: 'a' });
    expect(graph.cycleOf('a')).toEqual(['a', 'c', 'a']);
  });

  it('does not call it a cycle when one of them does without the other', () => {
    expect(graphOf({ a: 'b', b: 'a?' }).cycleOf('a')).toBeUndefined();
  });

  it('takes a chain of two thousand plugins', () => {
    const ids = Array.from({ length: 2000 }, (_, index) => `p${index}`);
    const chain = graphOf(Object.fromEntries(ids.map((id, index) => [id, ids[index + 1] ?? ''])));
    expect(chain.levels(ids)).toHaveLength(2000);
    expect(chain.needsOf('p0')).toHaveLength(1999);
    expect(chain.cycleOf('p0')).toBeUndefined();
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const anyEdge = fc.tuple(fc.nat(NAMES.length - 1), fc.nat(NAMES.length - 1), fc.boolean());

function fromEdges(edges: readonly (readonly [number, number, boolean])[]): DependencyGraph {
  return new DependencyGraph(
    NAMES.map((id, index) => {
      const mine = new Map(
        edges
          .filter(([from, to]) => from === index && to !== index)
          .map(([, to, required]) => [to, need(NAMES[to] ?? '', required)]),
      );
      return { id, dependencies: [...mine.values()] };
    }),
  );
}

describe('any graph', () => {
  it('without cycles starts each plugin after all that it names, whichever are chosen', () => {
    const edges = fc.array(anyEdge, { maxLength: 24 });
    fc.assert(
      fc.property(edges, fc.subarray(NAMES), (all, chosen) => {
        const graph = fromEdges(all.filter(([from, to]) => from < to));
        const levels = graph.levels(chosen);
        expect(levels.flat().sort()).toEqual([...chosen].sort());
        const levelOf = new Map(levels.flatMap((level, index) => level.map((id) => [id, index] as const)));
        for (const id of chosen) {
          for (const needed of graph.needsOf(id)) {
            const other = levelOf.get(needed);
            if (other !== undefined)
              expect(other, `${id} needs ${needed}`).toBeLessThan(levelOf.get(id) ?? -1);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('says that a plugin is in a cycle just when it needs itself, and the cycle is one', () => {
    fc.assert(
      fc.property(fc.array(anyEdge, { maxLength: 24 }), (edges) => {
        const graph = fromEdges(edges);
        for (const id of NAMES) {
          const cycle = graph.cycleOf(id);
          expect(cycle !== undefined, id).toBe(graph.needsOf(id).includes(id));
          if (cycle === undefined) continue;
          expect([cycle[0], cycle.at(-1)]).toEqual([id, id]);
          for (const [index, at] of cycle.slice(0, -1).entries()) {
            const isEdge = graph
              .dependenciesOf(at)
              .some(({ plugin, required }) => required && plugin === cycle[index + 1]);
            expect(isEdge, `${at} needs ${cycle[index + 1]}`).toBe(true);
          }
        }
        expect(graph.levels(NAMES).flat().sort(), 'a cycle is cut').toEqual(NAMES);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same read from both ends', () => {
    fc.assert(
      fc.property(fc.array(anyEdge, { maxLength: 24 }), (edges) => {
        const graph = fromEdges(edges);
        for (const one of NAMES)
          for (const other of NAMES)
            expect(graph.needsOf(one).includes(other)).toBe(graph.neededBy(other).includes(one));
      }),
      { numRuns: 200 },
    );
  });
});
