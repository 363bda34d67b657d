/** What people meet of the limits of a request is said in their words, not in names of the protocol. */

import { expect, test } from 'vitest';
import { readRequest } from '../../src/daemon/control/frame-reading.ts';
import { readParams } from '../../src/daemon/control/params.ts';

test.each([
  [{ timeoutMs: 1e15 }, 'a time limit may be at most 366 days'],
  [{ args: Array.from({ length: 1_001 }, () => 'x') }, 'a script gets at most 1000 arguments'],
  [{ args: ['x'.repeat(200_000)] }, 'an argument of a script may have at most 102400 characters'],
  [
    { env: { '1A': 'x' } },
    '"1A" is no name of a variable: it has letters, digits and "_", and begins with no digit',
  ],
])('a limit of task.run is said in words', (params, message) => {
  expect(readParams('task.run', { script: 'a.sh', ...params })).toMatchObject({
    failure: { code: 'usage', message },
  });
});

test('a request with very many arguments is refused for them', () => {
  const args = Array.from({ length: 30_000 }, () => 'x');
  const line = Buffer.from(JSON.stringify({ id: 1, method: 'task.run', params: { script: 'a.sh', args } }));
  expect(readRequest(line)).toMatchObject({
    failure: {
      code: 'too_large',
      message: 'names, arguments and other parts of a request may be at most 20000 together',
    },
  });
});
