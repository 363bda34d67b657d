/** Places for what lasts. */

import { expect, test } from 'vitest';
import { Seats } from '../../plugins/web/server/seats.ts';

const viewer = (userId: number) => ({ userId, role: 'view' }) as const;
const ADMIN = { userId: 1, role: 'admin' } as const;

test('one user takes so many places and no more, and gives them back', () => {
  const seats = new Seats({ all: 8, others: 6, user: 2 });
  expect([seats.take(viewer(2)), seats.take(viewer(2))]).toEqual([undefined, undefined]);
  expect(seats.take(viewer(2))?.error).toMatchObject({ code: 'busy', message: expect.stringContaining('2') });
  expect(seats.take(viewer(3))).toBeUndefined();
  seats.giveBack(viewer(2));
  expect(seats.take(viewer(2))).toBeUndefined();
});

test('when others have taken all of theirs, admins still find one', () => {
  const seats = new Seats({ all: 4, others: 2, user: 4 });
  for (const userId of [2, 3]) expect(seats.take(viewer(userId))).toBeUndefined();
  expect(seats.take(viewer(4))).toMatchObject({ status: 503 });
  expect([seats.take(ADMIN), seats.take(ADMIN)]).toEqual([undefined, undefined]);
  expect(seats.take(ADMIN)).toMatchObject({ status: 503 });
});
