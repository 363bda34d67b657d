import { readdirSync, readlinkSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkReadParams } from '../../src/daemon/logs/check-params.ts';
import { parseCursor } from '../../src/daemon/logs/cursor.ts';
import { LogReader } from '../../src/daemon/logs/log-reader.ts';
import { Follower, type LogRoot, LogWriter, makeLogRoot, readAll, START_MS } from './logs-writer.ts';

let root: LogRoot;
let reader: LogReader;
let web: LogWriter;
let followers: Follower[];

beforeEach(async () => {
  root = await makeLogRoot();
  reader = new LogReader(root.paths);
  web = new LogWriter(root.paths, 'web');
  followers = [];
});

afterEach(async () => {
  for (const follower of followers) await follower.stop();
  await root.remove();
});

const WEB = [{ plugin: 'web' }];

function follow(params = {}, targets: readonly { plugin: string }[] = WEB): Follower {
  const follower = new Follower(reader, params, targets);
  followers.push(follower);
  return follower;
}

describe('following a log', () => {
  it('begins with the last lines and goes on without a gap', async () => {
    for (let at = 0; at < 5; at += 1) web.write(START_MS + at);
    const follower = follow({ lines: 2 });
    expect(await follower.take(2)).toEqual(web.written.slice(3));
    web.write(START_MS + 9);
    expect(await follower.take(1)).toEqual(web.written.slice(5));
    web.append('{"timestamp":');
    web.append('"half"}\n');
    expect(await follower.take(1)).toEqual(['{"timestamp":"half"}']);
  });

  it('takes a log that appears later, and so does one in a folder that is missing', async () => {
    rmSync(root.paths.pluginLogFolder, { recursive: true });
    const follower = follow({ lines: 10 });
    const taken = follower.take(1);
    // The folder is made by the follower's watch.
    for (;;) {
      try {
        web.write(START_MS);
        break;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'ENOENT' });
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(await taken).toEqual(web.written);
  });

  it('goes on over a rotation, and reads the old file to its end', async () => {
    const follower = follow();
    web.write(START_MS);
    expect(await follower.take(1)).toEqual(web.written);
    web.write(START_MS + 1);
    web.rotate(false);
    web.write(START_MS + 2);
    expect(await follower.take(2)).toEqual(web.written.slice(1));
  });

  it('reads lines that come into the renamed file before the new one is written to', async () => {
    const follower = follow();
    web.write(START_MS);
    expect(await follower.take(1)).toHaveLength(1);
    renameSync(web.path, `${web.path}.1`);
    writeFileSync(web.path, '');
    const late = web.line(START_MS + 1);
    writeFileSync(`${web.path}.1`, `${late}\n`, { flag: 'a' });
    expect(await follower.take(1)).toEqual([late]);
    const next = web.write(START_MS + 2);
    expect(await follower.take(1)).toEqual([next]);
  });

  it('finds its place after several rotations between two reads, compressed ones as well', async () => {
    const follower = follow({ lines: 0 });
    const first = follower.take(1);
    await untilWatching();
    web.write(START_MS);
    expect(await first).toEqual(web.written);
    for (let at = 1; at < 40; at += 1) {
      web.write(START_MS + at);
      if (at % 8 === 0) web.rotate();
    }
    web.compress();
    expect(await follower.take(39)).toEqual(web.written.slice(1));
  });

  it('finds its place when nothing was read yet and the file has been compressed meanwhile', async () => {
    web.write(START_MS);
    web.rotate();
    web.write(START_MS + 1);
    const follower = follow({ lines: 0, level: 'err' });
    const first = follower.take(1);
    await untilWatching();
    web.write(START_MS + 2);
    web.rotate();
    web.rotate();
    web.compress();
    const wanted = web.write(START_MS + 3, { level: 'err' });
    expect(await first).toEqual([wanted]);
  });

  it('starts again at the beginning of a file that was truncated, also when it has grown past the place', async () => {
    const follower = follow();
    for (let at = 0; at < 3; at += 1) web.write(START_MS + at);
    expect(await follower.take(3)).toEqual(web.written);
    truncateSync(web.path);
    for (let at = 3; at < 20; at += 1) web.write(START_MS + at);
    expect(await follower.take(17)).toEqual(web.written.slice(3));
    truncateSync(web.path);
    web.write(START_MS + 30);
    expect(await follower.take(1)).toEqual(web.written.slice(20));
  });

  it('reads a file that was compressed before its turn, though a new file has its inode', async () => {
    for (let at = 0; at < 300; at += 1) web.write(START_MS + at);
    web.rotate();
    for (let at = 300; at < 310; at += 1) web.write(START_MS + at);
    web.rotate();
    web.write(START_MS + 310);
    const follower = follow();
    expect(await follower.take(1)).toEqual(web.written.slice(0, 1));
    web.rotate();
    web.write(START_MS + 311);
    web.compress();
    // Takes the inodes that the compressed files have left.
    for (let at = 312; at < 316; at += 1) {
      web.rotate();
      web.write(START_MS + at);
    }
    expect(await follower.take(web.written.length - 1)).toEqual(web.written.slice(1));
  });

  it('goes on when the log was deleted and comes again', async () => {
    const follower = follow();
    web.write(START_MS);
    expect(await follower.take(1)).toHaveLength(1);
    rmSync(web.path);
    web.nextRun();
    web.write(START_MS + 1);
    expect(await follower.take(1)).toEqual(web.written.slice(1));
  });

  it('goes on when the folder was deleted and made anew', async () => {
    const follower = follow();
    web.write(START_MS);
    expect(await follower.take(1)).toHaveLength(1);
    const next = follower.take(1);
    rmSync(root.paths.pluginLogFolder, { recursive: true });
    for (let isWritten = false; !isWritten; ) {
      try {
        web.write(START_MS + 1);
        isWritten = true;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'ENOENT' });
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(await next).toEqual([web.written.at(-1)]);
  });

  it('does not hold a line back for another log', async () => {
    const db = new LogWriter(root.paths, 'db');
    const follower = follow({}, [{ plugin: 'db' }, { plugin: 'web' }]);
    web.write(START_MS + 50);
    expect(await follower.take(1)).toEqual(web.written);
    db.write(START_MS + 10);
    expect(await follower.take(1)).toEqual(db.written);
  });

  it('ends at the signal, with the lost lines of what it saw', async () => {
    const follower = follow();
    web.write(START_MS, { stream: 'shim', lost: 3 });
    await follower.take(1);
    const more = follower.take(1);
    expect(await follower.stop()).toEqual({ linesLost: 3 });
    expect(await more).toEqual([]);
  });
});

describe('a reader that never comes back', () => {
  it('leaves no file open and no watch behind once the signal is given', async () => {
    for (let at = 0; at < 3000; at += 1) web.write(START_MS + at);
    const before = openFilesBelow(root.paths.logFolder);
    const end = new AbortController();
    const items = reader.read({ follow: true }, WEB, end.signal);
    await items.next();
    expect(openFilesBelow(root.paths.logFolder).length).toBe(before.length + 1);
    end.abort();
    while (openFilesBelow(root.paths.logFolder).length > before.length) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(reader.watchedFolders).toBe(0);
  });

  it('shares one watch with the others, which goes with the last of them', async () => {
    const [one, other] = [follow(), follow()];
    web.write(START_MS);
    await one.take(1);
    await other.take(1);
    expect(reader.watchedFolders).toBe(1);
    await one.stop();
    expect(reader.watchedFolders).toBe(1);
    web.write(START_MS + 1);
    expect(await other.take(1)).toEqual(web.written.slice(1));
    await other.stop();
    expect(reader.watchedFolders).toBe(0);
  });
});

describe('a cursor', () => {
  const LOGS = [{ plugin: 'web' }, { plugin: 'db' }, { plugin: 'later' }];

  it.each([
    ['as they were', (): void => undefined],
    ['rotated', (): void => web.rotate()],
    [
      'rotated and compressed',
      (): void => {
        web.rotate();
        web.write(START_MS + 5000);
        web.rotate();
        web.compress();
      },
    ],
  ])('goes on right behind its item, the files %s', async (_title, happen) => {
    const db = new LogWriter(root.paths, 'db');
    for (let at = 0; at < 600; at += 1) (at % 3 === 0 ? db : web).write(START_MS + at);
    const first = await readAll(reader, {}, LOGS);
    for (const cursor of first.cursors) {
      const seen = first.lines.slice(0, 256 * (first.cursors.indexOf(cursor) + 1));
      const again = await readAll(new LogReader(root.paths), { cursor, lines: 3 }, LOGS);
      expect([...seen, ...again.lines]).toEqual(first.lines);
    }
    const cursor = first.cursors.at(-1) ?? '';
    happen();
    const later = new LogWriter(root.paths, 'later');
    const known = web.written.length;
    for (let at = 600; at < 650; at += 1) (at % 2 === 0 ? later : web).write(START_MS + at);
    const rest = await readAll(reader, { cursor }, LOGS);
    expect(rest.lines.filter((line) => line.includes('"web"')).length).toBe(
      web.written.length - known + rotatedExtra(),
    );
    expect(new Set(rest.lines).size).toBe(rest.lines.length);
    expect(rest.lines.some((line) => first.lines.includes(line))).toBe(false);
    expect(rest.lines.filter((line) => line.includes('"later"'))).toEqual(later.written);

    function rotatedExtra(): number {
      return known - 400;
    }
  });

  it('that is damaged is refused with a usage error', () => {
    for (const text of [
      '',
      'x',
      '2;web,1,2,3,4,5',
      '1;web',
      '1;web,1,2,3,4',
      '1;web,1,2,3,4,-5',
      '1;WEB,1,2,3,4,5',
      '1;;',
    ]) {
      expect(parseCursor(text)).toMatchObject({
        ok: false,
        failure: { code: 'usage', message: expect.stringMatching(/^cursor: /) },
      });
    }
    expect(checkReadParams({ since: 'yesterday' })).toMatchObject({ ok: false, failure: { code: 'usage' } });
    expect(checkReadParams({ lines: -1 })).toMatchObject({ ok: false, failure: { code: 'usage' } });
    expect(checkReadParams({ since: '2026-11-21T00:00:00Z', lines: 0, cursor: '1;web,1,2,3,4,5' }).ok).toBe(
      true,
    );
  });

  it('is not fooled by an inode that is used again', async () => {
    for (let at = 0; at < 10; at += 1) web.write(START_MS + at);
    const { cursors } = await readAll(reader, {}, WEB);
    // The same inode with other lines, as after a deletion.
    truncateSync(web.path);
    web.nextRun();
    for (let at = 10; at < 30; at += 1) web.write(START_MS + at);
    const { lines } = await readAll(reader, { cursor: cursors.at(-1) ?? '' }, WEB);
    expect(lines).toEqual(web.written.slice(10));
  });
});

/** Paths below a folder that this process has open. */
function openFilesBelow(folder: string): readonly string[] {
  const paths = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'ENOENT' });
      return '';
    }
  });
  return paths.filter((path) => path.startsWith(folder));
}

/** The follower has taken its place and watches from there. */
async function untilWatching(): Promise<void> {
  while (reader.watchedFolders === 0) await new Promise((resolve) => setImmediate(resolve));
}
