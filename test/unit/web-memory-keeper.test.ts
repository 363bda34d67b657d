/** When the HTTP module gives memory back: after a flood, and not before. */

import { expect, test } from 'vitest';
import { MemoryKeeper } from '../../plugins/web/server/memory-keeper.ts';

const MIB = 1024 * 1024;

/** A keeper of a process whose resident memory is what the test says. */
function keeperAt(first: number) {
  const seen = { resident: first * MIB, collections: 0, left: first * MIB };
  const keeper = new MemoryKeeper(
    () => seen.resident,
    () => {
      seen.collections += 1;
      seen.resident = seen.left;
    },
  );
  return { keeper, seen };
}

test('little growth is left alone', () => {
  const { keeper, seen } = keeperAt(90);
  seen.resident = 95 * MIB;
  keeper.look();
  expect(seen.collections).toBe(0);
});

test('much growth is collected, once: what is in use then is the new measure', () => {
  const { keeper, seen } = keeperAt(90);
  Object.assign(seen, { resident: 140 * MIB, left: 120 * MIB });
  keeper.look();
  expect(seen.collections).toBe(1);
  seen.resident = 125 * MIB;
  keeper.look();
  expect(seen.collections).toBe(1);
});

test('when it has shrunk since, the lower measure counts', () => {
  const { keeper, seen } = keeperAt(120);
  seen.resident = 90 * MIB;
  keeper.look();
  Object.assign(seen, { resident: 110 * MIB, left: 95 * MIB });
  keeper.look();
  expect(seen.collections).toBe(1);
});
