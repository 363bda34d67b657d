import { expect, it } from 'vitest';
import { createLog, formatLog } from '../../plugins/sdk/log.ts';

it('a log line carries the priority of its level', () => {
  let written = '';
  const log = createLog((lines) => {
    written += lines;
  });
  log.emerg('a');
  log.err('b');
  log.info('c');
  log.debug('d');
  expect(written).toBe('<0>a\n<3>b\n<6>c\n<7>d\n');
});

it('each line of a text of several lines carries it', () => {
  expect(formatLog('warning', 'one\ntwo\n')).toBe('<4>one\n<4>two\n');
});
