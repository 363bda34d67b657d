/** The logs screen: follow and pause, filters, places, what stands between the lines. Pure. */

import { describe, expect, test } from 'vitest';
import { newSummary } from './tui-crash-scene.ts';
import { LogsStage } from './tui-logs-stage.ts';

function isFollowed(params: object): boolean {
  return 'follow' in params && params.follow === true;
}

describe('following', () => {
  test('it begins with the newest lines and goes on with what comes', () => {
    const stage = new LogsStage().writeMany(500).open().deliver();
    expect(stage.numbers()).toEqual([490, 491, 492, 493, 494, 495, 496, 497, 498, 499, 500]);
    stage.writeMany(3, 501).deliver();
    expect(stage.numbers().at(-1)).toBe(503);
    expect(stage.status()).toMatch(/^ following/);
  });

  test('scrolling up leaves it, says how many lines wait, and G goes on', () => {
    const stage = new LogsStage().writeMany(500).open().deliver().press('k');
    stage.writeMany(1, 501).deliver();
    expect(stage.numbers().at(-1)).toBe(499);
    expect(stage.status()).toMatch(/^ not following {2}1 new line waits/);
    stage.writeMany(2399, 502).deliver();
    expect(stage.status()).toContain('2,400 new lines wait');
    stage.press('G');
    expect(stage.numbers().at(-1)).toBe(2900);
    expect(stage.status()).toMatch(/^ following/);
  });

  test.each([' ', 'p'])('"%s" pauses without a move and goes on at the end', (key) => {
    const stage = new LogsStage().writeMany(50).open().deliver().press(key);
    const before = stage.numbers();
    stage.writeMany(7, 51).deliver();
    expect(stage.numbers()).toEqual(before);
    expect(stage.status()).toMatch(/^ paused {2}7 new lines wait/);
    stage.press(key);
    expect(stage.numbers().at(-1)).toBe(57);
  });

  test('where all lines fit, up does not leave it', () => {
    const stage = new LogsStage().writeMany(3).open().deliver().press('k');
    expect(stage.status()).toMatch(/^ following/);
  });

  test('100,000 lines that come while it is paused are all there, in order, and memory is bounded', () => {
    const stage = new LogsStage().writeMany(300);
    stage.rows = 200;
    stage.open().deliver().press(' ');
    stage.writeMany(100_000, 301).deliver();
    expect(stage.status()).toMatch(/\d\d,\d\d\d\+ new lines wait/);
    // Nobody reads on: the rest waits in the files.
    expect(stage.readings.size).toBe(0);
    let seen = 300;
    while (seen < 100_300) {
      const numbers = stage.press('f').deliver().numbers();
      expect(numbers[0]).toBeLessThanOrEqual(seen + 1);
      expect(numbers.at(-1)).toBeGreaterThan(seen);
      seen = numbers.at(-1) ?? 0;
    }
    expect(stage.readings.size).toBe(1);
  });

  test('scrolling up beyond what is held reads older lines again, and the way back has no hole', () => {
    const stage = new LogsStage().writeMany(50_000);
    stage.rows = 201;
    stage.open().deliver();
    for (let seen = 49_801; seen > 1; ) {
      const numbers = stage.press('b').deliver().numbers();
      expect(numbers.at(-1)).toBeGreaterThanOrEqual(seen - 1);
      expect(numbers[0]).toBeLessThan(seen);
      seen = numbers[0] ?? 0;
    }
    expect(stage.status()).toContain('oldest line');
    for (let seen = 200; seen < 50_000; ) {
      const numbers = stage.press('f').deliver().numbers();
      expect(numbers[0]).toBeLessThanOrEqual(seen + 1);
      expect(numbers.at(-1)).toBeGreaterThan(seen);
      seen = numbers.at(-1) ?? 0;
    }
    stage.press('g').deliver();
    expect(stage.numbers()[0]).toBe(1);
    expect(stage.press('G').deliver().numbers().at(-1)).toBe(50_000);
  });

  test('a torud that is started again is read on behind the last line', () => {
    const stage = new LogsStage().writeMany(300).open();
    stage.deliverOne();
    stage.restart().writeMany(5, 301).deliver();
    expect(stage.numbers().slice(-7)).toEqual([299, 300, 301, 302, 303, 304, 305]);
    stage.press('g').deliver();
    expect(stage.numbers()[0]).toBe(1);
  });

  test('while torud is away it says so', () => {
    const stage = new LogsStage().writeMany(3).open().deliver();
    stage.connection = { kind: 'away', sinceMs: 0 };
    expect(stage.status()).toContain('torud is away: the log goes on when it is back');
  });

  test('what it followed is ended when it is closed', () => {
    const stage = new LogsStage().writeMany(3).open();
    const tags = [...stage.readings.keys()];
    expect(tags.length).toBe(2);
    expect(stage.screen.close()).toEqual(tags.map((tag) => ({ type: 'unfollow', tag })));
    stage.deliver();
    expect(stage.screen.close()).toEqual([{ type: 'unfollow', tag: tags[0] }]);
  });

  test('paused before the first lines have come, it holds the newest', () => {
    for (const items of [0, 1, 3]) {
      const stage = new LogsStage().writeMany(3000).open();
      for (let item = 0; item < items; item += 1) stage.deliverOne();
      stage.press('space').deliver();
      expect(stage.numbers().at(-1)).toBe(3000);
      expect(stage.status()).toMatch(/^ paused/);
      stage.writeMany(5, 3001).deliver();
      expect(stage.numbers().at(-1)).toBe(3000);
      expect(stage.status()).toMatch(/^ paused {2}5 new lines wait/);
      expect(stage.press('space').numbers().at(-1)).toBe(3005);
    }
  });

  test('it says that it reads until all that was there has come', () => {
    const stage = new LogsStage().writeMany(1000).open();
    expect(stage.lines()[0]).toBe('  reading~');
    expect(stage.status()).toMatch(/^ reading~/);
    stage.deliver();
    expect(stage.status()).toMatch(/^ following/);
    stage.type('&', '^n=\\d$').deliverOne();
    expect(stage.numbers()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(stage.status()).toMatch(/^ reading older lines~/);
    expect(stage.deliver().status()).toMatch(/^ following/);
    const empty = new LogsStage().open().deliver();
    expect(empty.lines()[0]).toBe('  No line of web so far.');
    expect(empty.status()).toMatch(/^ following/);
  });
});

describe('filters', () => {
  function mixed(): LogsStage {
    const stage = new LogsStage();
    for (let at = 1; at <= 40; at += 1)
      stage.write({
        message: `n=${at} ${at % 2 === 0 ? 'Even' : 'odd'}`,
        afterUs: 10,
        level: at % 4 === 0 ? 'err' : 'info',
        stream: at % 5 === 0 ? 'stderr' : 'stdout',
      });
    return stage.open().deliver();
  }

  test('0 to 7 are levels as those of syslog; 7 is all', () => {
    const stage = mixed().press('4').deliver();
    expect(stage.numbers()).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
    expect(stage.status()).toContain('warning and above');
    expect(stage.screen.command(stage.context)).toEqual([
      'logs',
      'web',
      '-f',
      '-n',
      '50',
      '--level',
      'warning',
    ]);
    expect(stage.press('7').deliver().numbers().at(-2)).toBe(39);
  });

  test('o goes through stdout, stderr and both', () => {
    const stage = mixed().press('o', 'o').deliver();
    expect(stage.numbers()).toEqual([5, 10, 15, 20, 25, 30, 35, 40]);
    expect(stage.screen.command(stage.context)).toContain('stderr');
    expect(stage.press('o').deliver().numbers().at(-2)).toBe(39);
  });

  test('& shows only messages that match, also those to come; nothing shows all again', () => {
    const stage = mixed().type('&', 'Even').deliver();
    expect(stage.numbers().slice(-3)).toEqual([36, 38, 40]);
    stage.write({ message: 'n=41 odd' }, { message: 'n=42 Even' }).deliver();
    expect(stage.numbers().slice(-2)).toEqual([40, 42]);
    expect(stage.screen.command(stage.context).slice(-2)).toEqual(['--grep', 'Even']);
    expect(stage.type('&', '').deliver().numbers().slice(-3)).toEqual([40, 41, 42]);
  });

  test('a pattern without capitals takes both, and so does the command', () => {
    const stage = mixed().type('&', 'even').deliver();
    expect(stage.numbers().slice(-2)).toEqual([38, 40]);
    expect(stage.screen.command(stage.context).slice(-3)).toEqual(['--grep', 'even', '-i']);
  });

  test('what is no regular expression is one line, and nothing changes', () => {
    const stage = mixed();
    const before = stage.lines();
    for (const key of ['&', '/', '\\']) {
      stage.type(key, '(');
      expect(stage.notice).toMatch(/^not a regular expression: Unterminated group/);
      expect(stage.lines()).toEqual(before);
    }
  });

  test('a filter that takes too long is given up in time', () => {
    const stage = new LogsStage()
      .write({ message: `${'a'.repeat(60)}!` }, { message: 'n=2' })
      .open()
      .deliver();
    stage.type('&', '^(a+)+$').deliver();
    const followed = stage.effects.filter((one) => one.type === 'follow' && isFollowed(one.params));
    expect(followed.length).toBe(3);
    expect(stage.numbers()).toEqual([2]);
    expect(stage.status()).not.toContain('&');
  });

  test('a filter keeps the place', () => {
    const stage = new LogsStage();
    for (let at = 1; at <= 400; at += 1)
      stage.write({ message: `n=${at}`, afterUs: 10, level: at % 2 === 0 ? 'err' : 'info' });
    stage
      .open()
      .deliver()
      .press(...Array.from({ length: 20 }, () => 'b'));
    const [before = 0] = stage.numbers();
    stage.press('3').deliver();
    const [first = 0] = stage.numbers();
    expect(Math.abs(first - before)).toBeLessThanOrEqual(1);
  });

  test('where nothing passes it says what to do', () => {
    const stage = mixed().press('0').deliver();
    expect(stage.lines()[0]).toBe('  No line of web passes the filters so far.');
  });
});

describe('places', () => {
  test('it opens at the last line of a run, marked, with what came after', () => {
    const stage = new LogsStage(['web'], { at: '2026-11-21T12:00:00.300000Z', runId: 1 });
    stage.writeMany(300).write({ message: 'n=301', run: 2, afterUs: 500_000 }, { message: 'n=302', run: 2 });
    stage.open().deliver();
    const marked = stage.lines().find((one) => one.startsWith('>'));
    expect(marked).toContain('n=300');
    expect(stage.numbers()).toContain(301);
    expect(stage.lines().some((one) => one.includes('run 2'))).toBe(true);
    expect(stage.status()).toMatch(/^ not following/);
  });

  test('it opens at the first line of a run, below the line that says which', () => {
    for (const count of [0, 1, 300]) {
      const stage = new LogsStage(['web'], {
        at: '2026-11-21T12:00:00.400000Z',
        runId: 2,
        isBeginning: true,
      });
      stage.writeMany(count).write({ message: 'n=1001', run: 2, afterUs: 500_000 });
      for (let at = 2; at <= 100; at += 1) stage.write({ message: `n=${1000 + at}`, run: 2, afterUs: 9 });
      const lines = stage.open().deliver().lines();
      const marked = lines.findIndex((one) => one.startsWith('>'));
      expect(lines[marked]).toContain('n=1001');
      expect(lines[marked - 1]).toMatch(/-- run 2 /);
      expect(stage.numbers().length).toBeGreaterThan(6);
    }
  });

  test('the first line that is known has its run above it', () => {
    const stage = new LogsStage(['web']).write({ message: 'n=1', run: 4 }, { message: 'n=2', run: 4 });
    expect(stage.open().deliver().lines()[0]).toMatch(/^ -- run 4 /);
    const long = new LogsStage(['web']).writeMany(5000).open().deliver();
    expect(long.lines().join('\n')).not.toContain('run 1 -');
    expect(long.press('g').deliver().lines()[0]).toMatch(/^ -- run 1 /);
  });

  test('[ and ] lead from crash to crash, and a marker says what happened', () => {
    const stage = new LogsStage();
    for (const run of [1, 2, 3])
      for (let at = 1; at <= 3000; at += 1)
        stage.write({ message: `n=${run * 10_000 + at}`, run, afterUs: 1000 });
    const crash = (id: number, run: number) =>
      newSummary(id, { runId: run, at: `2026-11-21T12:00:0${run * 3}.000500Z` });
    stage
      .open()
      .answerCrashes([crash(12, 2), crash(11, 1)])
      .deliver();
    stage.press('[').deliver();
    expect(stage.notice).toBe('crash #12 of web: exit 7 (2 of 2)');
    expect(stage.lines().find((one) => one.startsWith('>'))).toContain('n=23000');
    expect(stage.lines().some((one) => one.includes('x crash #12 at'))).toBe(true);
    stage.press('[').deliver();
    expect(stage.lines().find((one) => one.startsWith('>'))).toContain('n=13000');
    expect(stage.numbers()).toContain(20_001);
    stage.press('[');
    expect(stage.notice).toBe('there is no older crash');
    stage.press(']').deliver();
    expect(stage.lines().find((one) => one.startsWith('>'))).toContain('n=23000');
  });

  test('lost lines are shown as gaps, and so are those that were rotated away', () => {
    const stage = new LogsStage().writeMany(3);
    stage.write({ message: '40 lines lost', stream: 'shim', level: 'warning', lost: 40 }, { message: 'n=4' });
    stage.open().deliver();
    expect(stage.lines().filter((one) => one.includes('not in the log any more'))).toEqual([]);
    expect(stage.lines().some((one) => /!W {2}?40 lines lost|!W 40 lines lost/.test(one))).toBe(true);
    stage.write({ message: 'n=5', lost: 12 }).deliver();
    expect(stage.lines().some((one) => one.includes('12 lines are not in the log any more'))).toBe(true);
  });

  test('a plugin that is not there is said, with what to do', () => {
    const stage = new LogsStage(['ghost']).open().failAll('no such plugin: ghost');
    expect(stage.lines()[0]).toBe('  The log cannot be read: no such plugin: ghost');
    stage.writeMany(1).press('G').deliver();
    expect(stage.lines()[0]).toContain('No line of ghost so far');
  });
});

describe('several plugins', () => {
  test('are merged by time, each with its name; u merges all and goes back', () => {
    const stage = new LogsStage(['web', 'crm']);
    stage.write({ message: 'n=1' }, { message: 'n=2', plugin: 'crm' }, { message: 'n=3', plugin: 'db' });
    stage.open().deliver();
    expect(stage.numbers()).toEqual([1, 2]);
    expect(stage.lines()[2]).toMatch(/^ -- crm run 1 /);
    expect(stage.lines()[3]).toContain('crm  n=2');
    stage.press('u').deliver();
    expect(stage.numbers()).toEqual([1, 2, 3]);
    expect(stage.effects.at(-1)).toMatchObject({ method: 'crash.list', params: { limit: 1000 } });
    expect(stage.screen.command(stage.context)).toEqual(['logs', '-f', '-n', '50']);
    stage.press('u').deliver();
    expect(stage.numbers()).toEqual([1, 2]);
  });

  test('a crash stands where it happened in time, and never below lines that are still to come', () => {
    const stage = new LogsStage([]);
    for (let at = 1; at <= 600; at += 1)
      stage.write({ message: `n=${at}`, plugin: at <= 3 ? 'db' : 'web', afterUs: 1_000_000 });
    const crash = newSummary(46, { plugin: 'db', runId: 1, at: '2026-11-21T12:09:34.000500Z' });
    stage.open().answerCrashes([crash]);
    const crashRows = (): readonly number[] =>
      stage.lines().flatMap((one, row) => (one.includes('db crash #46') ? [row] : []));
    stage.deliverOne();
    expect(crashRows()).toEqual([]);
    stage.deliver();
    expect(crashRows()).toEqual([]);
    stage.press('[').deliver();
    const [row = -1] = crashRows();
    expect(stage.lines()[row - 1]).toContain('n=574');
    expect(stage.lines()[row + 1]).toContain('n=575');
    expect(stage.press('[').notice).toBe('there is no older crash');
    expect(stage.press(']').notice).toBe('there is no newer crash');
  });

  test('the last words of a run stand above its crash, also where they came late', () => {
    const stage = new LogsStage([])
      .write({ message: 'n=1', plugin: 'db' }, { message: 'n=2', plugin: 'web', afterUs: 1000 })
      .write(
        { message: 'n=3', plugin: 'db', afterUs: 1000 },
        { message: 'n=4', plugin: 'web', afterUs: 1000 },
      );
    stage.open().deliver();
    const crash = newSummary(1, { plugin: 'db', runId: 1, at: '2026-11-21T12:00:00.000500Z' });
    const rows = stage.answerCrashes([crash]).lines();
    const row = rows.findIndex((one) => one.includes('db crash #1'));
    expect(rows[row - 1]).toContain('n=3');
    expect(rows[row + 1]).toContain('n=4');
  });
});
