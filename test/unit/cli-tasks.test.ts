/** Tasks on the command line: exit codes, ids, the last lines of an output, words and tables. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { variables } from '../../src/cli/commands/run.ts';
import { formatPlain, formatTable } from '../../src/cli/output/table.ts';
import { ownFailure } from '../../src/cli/tasks/attach.ts';
import { gapText, type OutputGap } from '../../src/cli/tasks/output-gap.ts';
import { TailKeeper } from '../../src/cli/tasks/tail-keeper.ts';
import { ownExit, signalNumber, taskEnd } from '../../src/cli/tasks/task-end.ts';
import { shownIds } from '../../src/cli/tasks/task-ids.ts';
import { chunkBytes, type OutputChunk } from '../../src/cli/tasks/task-output.ts';
import { matches } from '../../src/cli/tasks/task-query.ts';
import { taskBlock, taskLine, taskTable } from '../../src/cli/tasks/task-text.ts';
import { commandText, endText } from '../../src/cli/tasks/task-words.ts';
import { TerminalText } from '../../src/cli/tasks/terminal-text.ts';
import type { Task } from '../../src/protocol/control/tasks.ts';
import { errorBody } from '../../src/protocol/errors.ts';

const AT = '2026-11-21T03:15:00.000000Z';

function taskOf(more: Partial<Task> = {}): Task {
  return {
    id: '019a5b2c-1234-7abc-8def-0123456789ab',
    script: 'backup.sh',
    args: [],
    state: 'done',
    queuedAt: AT,
    startedAt: AT,
    endedAt: '2026-11-21T03:15:02.000000Z',
    durationMs: 2000,
    exitCode: 0,
    signal: null,
    timedOut: false,
    actor: { kind: 'user', uid: 0, name: 'root' },
    outputBytes: 12,
    outputCut: false,
    name: null,
    lock: null,
    timeoutMs: null,
    origin: { kind: 'run' },
    reason: null,
    pid: null,
    peakMemoryBytes: null,
    cpuMs: null,
    ...more,
  };
}

const failed = { state: 'failed', exitCode: null } as const;

describe('the exit code of a task', () => {
  test.each<[string, Partial<Task>, number, string | undefined]>([
    ['its own', { state: 'failed', exitCode: 7 }, 7, undefined],
    ['0 when it went well', {}, 0, undefined],
    [
      'its own when it is one of those that toru has as well',
      { state: 'failed', exitCode: 126 },
      126,
      undefined,
    ],
    ['128+n by a signal', { ...failed, signal: 'SIGKILL' }, 137, undefined],
    [
      'that of the end that cancelling brought',
      { ...failed, state: 'cancelled', signal: 'SIGTERM' },
      143,
      undefined,
    ],
    ['its own also when it was cancelled', { state: 'cancelled', exitCode: 3 }, 3, undefined],
    [
      '124 when its time was over, whatever it made of it',
      {
        state: 'failed',
        exitCode: 0,
        timeoutMs: 5000,
        timedOut: true,
        reason: 'its time limit of 5 s passed',
      },
      124,
      'timeout',
    ],
    [
      '126 when it could not be started',
      { ...failed, startedAt: null, reason: 'it could not be started (setuid): EPERM' },
      126,
      'failed',
    ],
    [
      '127 when its interpreter is not there',
      { ...failed, startedAt: null, exitCode: 127, reason: 'its interpreter /nix is not there' },
      127,
      'failed',
    ],
    [
      '130 when it was cancelled in the queue',
      { ...failed, state: 'cancelled', startedAt: null },
      130,
      'interrupted',
    ],
    ['125 when nobody saw its end', { ...failed, state: 'lost' }, 125, 'failed'],
  ])('is %s', (_title, more, exitCode, code) => {
    const end = taskEnd(taskOf(more));
    expect([end.exitCode, end.error?.code]).toEqual([exitCode, code]);
    if (end.error !== undefined && more.reason) expect(end.error.message).toBe(more.reason);
  });

  test('of a refusal is 127 for what is not there, 126 for what may not be, 2 for wrong words, else 125', () => {
    const exits = (
      ['not_found', 'invalid', 'denied', 'usage', 'busy', 'unreachable', 'timeout'] as const
    ).map((code) => ownExit({ code, message: '' }));
    expect(exits).toEqual([127, 126, 126, 2, 125, 125, 125]);
  });

  test('knows signals by the names that the shim gives them', () => {
    expect(['SIGTERM', 'SIGRTMIN+2', 'SIG33', 'SIGNIX'].map(signalNumber)).toEqual([15, 36, 33, 0]);
  });
});

describe('variables', () => {
  test('are K=V, or K for the value from here', () => {
    expect(variables(['A=1', 'B=x=y', 'C=', 'HOME'], { HOME: '/h' })).toEqual({
      ok: true,
      value: { A: '1', B: 'x=y', C: '', HOME: '/h' },
    });
  });

  test('without a name, with a wrong one or unset are named', () => {
    for (const word of ['=x', '1A=x', 'a-b=c'])
      expect(variables([word], {})).toMatchObject({ failure: { code: 'usage' } });
    expect(variables(['NIX'], {})).toMatchObject({ failure: { message: '--env: NIX is not set here' } });
  });
});

describe('ids', () => {
  const id = (millis: string, tail: string): string => `019a5b2c-${millis}-7${tail}-8def-0123456789ab`;

  test('are shown as long as they must be to be told apart', () => {
    const [one, two, three] = [id('1234', 'abc'), id('1234', 'abd'), id('1235', 'abc')];
    const shown = shownIds([one, two, three]);
    expect([one, two, three].map((whole) => shown.get(whole))).toEqual([
      '019a5b2c-1234-7abc',
      '019a5b2c-1234-7abd',
      '019a5b2c-1235',
    ]);
  });

  test('are beginnings of themselves, and no two the same', () => {
    const digit = fc.constantFrom('0', '1', 'f');
    const some = fc.array(
      fc.array(digit, { minLength: 4, maxLength: 4 }).map((digits) => id(digits.join(''), 'abc')),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(some, (ids) => {
        const shown = shownIds(ids);
        expect(new Set(shown.values()).size).toBe(new Set(ids).size);
        for (const [whole, part] of shown) expect(whole.startsWith(part) && !part.endsWith('-')).toBe(true);
      }),
    );
  });
});

describe('the last lines of an output', () => {
  const chunk = (bytes: Buffer, next: number): OutputChunk => ({
    kind: 'chunk',
    stream: 'stdout',
    at: AT,
    base64: bytes.toString('base64'),
    next,
  });

  test('are those that tail(1) gives, however the output is cut', () => {
    const pieces = fc.array(
      fc.stringMatching(/^[ab\n]{0,6}$/).map((text) => Buffer.from(text)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, fc.nat(6), (parts, lines) => {
        const tail = new TailKeeper(lines);
        for (const [at, part] of parts.entries()) tail.push(chunk(part, at));
        const whole = Buffer.concat(parts).toString();
        const all = whole.split(/(?<=\n)/).filter((line) => line !== '');
        const wanted = lines === 0 ? '' : all.slice(-lines).join('');
        const kept = tail.items().flatMap((item) => (item.kind === 'chunk' ? [chunkBytes(item)] : []));
        expect(Buffer.concat(kept).toString()).toBe(wanted);
      }),
      { numRuns: 1000 },
    );
  });

  test('have the gaps that stand among them, and none from before', () => {
    const gap = (bytes: number): OutputGap => ({ kind: 'gap', bytes, next: 0, why: 'cap' });
    const tail = new TailKeeper(2);
    for (const item of [
      gap(1),
      chunk(Buffer.from('a\nb\n'), 0),
      gap(2),
      chunk(Buffer.from('c\n'), 0),
      gap(3),
    ])
      tail.push(item);
    const shown = tail
      .items()
      .map((item) => (item.kind === 'gap' ? item.bytes : chunkBytes(item).toString()));
    expect(shown).toEqual(['b\n', 2, 'c\n', 3]);
  });
});

test('a refusal names what was to be run, and keeps the name of what else it is about', () => {
  expect(ownFailure(errorBody('denied', 'needs operate'), 'hello')).toMatchObject({
    errors: [{ code: 'denied', message: 'needs operate', name: 'hello' }],
    exitCode: 126,
  });
  const { errors } = ownFailure(errorBody('not_found', 'is not there', { name: 'nix' }), 'deploy');
  expect(errors).toMatchObject([{ message: 'nix: is not there', name: 'deploy' }]);
});

describe('on a terminal', () => {
  test('a line of toru itself stands alone, also in the middle of a line and of a character', () => {
    const text = new TerminalText();
    const before = text.push('stdout', Buffer.concat([Buffer.from('half'), Buffer.from('é').subarray(0, 1)]));
    expect(before + text.mark('-- gap --') + text.push('stdout', Buffer.from('rest\n')) + text.end()).toBe(
      'half\ufffd\n-- gap --\nrest\n',
    );
    expect(new TerminalText().mark('-- gap --')).toBe('-- gap --\n');
  });

  test('a gap says how much is missing, and why where that is known', () => {
    expect(gapText({ bytes: 1 })).toBe('1 byte of the output is missing here');
    expect(gapText({ bytes: 700, why: 'space' })).toMatch(
      /^700 bytes of .* missing here: .*no space was left$/,
    );
    expect(gapText({ bytes: 5_000_000, why: 'cap' })).toMatch(/^5000000 bytes \(4\.8M\) of .*output_max/);
    expect(gapText({ bytes: 7, why: 'toString' as 'cap' })).toBe('7 bytes of the output are missing here');
  });

  test('a character in two pieces is one, control characters are shown, and the last line is ended', () => {
    const text = new TerminalText();
    const bytes = Buffer.from('é');
    const shown = [
      text.push('stdout', bytes.subarray(0, 1)),
      text.push('stderr', Buffer.from('E\n')),
      text.push('stdout', bytes.subarray(1)),
      text.push('stdout', Buffer.from('\x1b[2J\r\nx')),
      text.end(),
    ];
    expect(shown.join('')).toBe('E\né\\x1b[2J\nx\n');
  });
});

test('a command is shown as a shell would take it', () => {
  expect(commandText({ script: 'a.sh', args: ['--x=1', 'two words', '', "it's"] })).toBe(
    "a.sh --x=1 'two words' '' 'it'\\''s'",
  );
});

test('tables, lines and blocks let no control character of a script through', () => {
  const task = taskOf({
    args: ['\x1b[2J\n'],
    name: '\x1b]0;x\x07',
    state: 'failed',
    exitCode: 7,
    reason: 'a\x1bb',
  });
  const texts = [
    ...formatTable(taskTable([task]), { hasLegend: false, hasColour: false }),
    ...formatPlain(taskTable([task]), false),
    taskLine(task, 'table'),
    taskBlock(task),
  ];
  for (const text of texts) expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
  expect(formatPlain(taskTable([taskOf()]), false)).toEqual([
    `${task.id}\tdone\t${AT}\t2000\texit 0\tbackup.sh\troot\t12`,
  ]);
});

test('an end in words is a code, a signal, a time limit, or that there was no start', () => {
  const words = [
    taskOf(),
    taskOf({ ...failed, signal: 'SIGSEGV' }),
    taskOf({
      ...failed,
      timeoutMs: 1,
      timedOut: true,
      signal: 'SIGTERM',
      reason: 'its time limit of 0.001 s passed',
    }),
    taskOf({ ...failed, startedAt: null }),
    taskOf({ state: 'running', exitCode: null, endedAt: null }),
  ].map(endText);
  expect(words).toEqual(['exit 0', 'SIGSEGV', 'timed out', 'not started', null]);
});

test('a live stream is filtered as the list is', () => {
  const task = taskOf({ state: 'failed' });
  expect(matches(task, {})).toBe(true);
  expect(matches(task, { states: ['failed', 'lost'], script: 'backup.sh', since: AT, until: AT })).toBe(true);
  expect(matches(task, { states: ['done'] })).toBe(false);
  expect(matches(task, { script: 'other.sh' })).toBe(false);
  expect(matches(task, { since: '2026-11-21T03:15:01Z' })).toBe(false);
  expect(matches(task, { until: '2026-11-21T03:14:59Z' })).toBe(false);
});
