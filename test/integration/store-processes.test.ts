import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import { InstanceSettings } from '../../src/daemon/store/instance-settings.ts';
import { failureOf, Scratch, unwrap } from '../unit/store-scratch.ts';

const CHILD = fileURLToPath(new URL('../fixtures/store-child.ts', import.meta.url));
const QUOTA = { maxKeys: 1_000_000, maxBytes: 1_000_000_000 };

interface Line {
  readonly opened?: boolean;
  readonly setAside?: string | null;
  readonly failed?: { readonly kind: string; readonly message: string };
  readonly holding?: boolean;
  readonly n?: number;
  readonly answer?: { readonly ok: boolean };
}

/** The fixture as a process, and an iterator over the lines that it says. */
function start(folder: string, mode: string): { child: ChildProcess; lines: AsyncIterator<Line> } {
  const child = spawn(
    process.execPath,
    ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', CHILD, folder, mode],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const reader = createInterface({ input: child.stdout });
  async function* parsed(): AsyncGenerator<Line> {
    for await (const line of reader) yield JSON.parse(line) as Line;
  }
  return { child, lines: parsed() };
}

async function next(lines: AsyncIterator<Line>): Promise<Line> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the process ended without saying more');
  return value;
}

it('a set that was acknowledged is there after kill -9 of the writer, each time', async () => {
  const scratch = new Scratch();
  const acknowledged = new Map<string, number>();
  for (const wanted of [1, 40, 333]) {
    const { child, lines } = start(scratch.folder, 'write');
    expect(await next(lines)).toEqual({ opened: true, setAside: null });
    for (let heard = 0; heard < wanted; heard++) {
      const { n = -1, answer } = await next(lines);
      expect(answer?.ok).toBe(true);
      acknowledged.set(`key-${n % 50}`, n);
    }
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const { database, setAside } = scratch.openWhole();
    expect(setAside).toBeUndefined();
    const kv = new KvStore(database, scratch.clock);
    for (const [key, n] of acknowledged) {
      const stored = unwrap(kv.get('a', key)).value ?? '';
      const [number, filling = ''] = stored.split(':');
      // The writer may have gone on after what was heard.
      expect(Number(number), key).toBeGreaterThanOrEqual(n);
      expect(filling.length).toBe(Number(number) % 3000);
    }
    expect(database.row('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
    unwrap(kv.clear('a'));
    acknowledged.clear();
    unwrap(database.close());
  }
});

it('a database that another process writes to is locked, at once and in one line, and free afterwards', async () => {
  const scratch = new Scratch();
  const database = scratch.open();
  const kv = new KvStore(database, scratch.clock);
  unwrap(kv.set('a', { key: 'x', value: '1' }, QUOTA));
  const { child, lines } = start(scratch.folder, 'hold');
  expect(await next(lines)).toMatchObject({ opened: true });
  expect(await next(lines)).toEqual({ holding: true });

  const work = () => new InstanceSettings(database).set('a', '1');
  expect(failureOf(database.transaction(work))).toMatchObject({ kind: 'locked' });
  expect(failureOf(kv.set('a', { key: 'x', value: '2' }, QUOTA)).code).toBe('unavailable');
  expect(unwrap(kv.get('a', 'x')).value).toBe('1');
  const refusal = failureOf(scratch.tryOpen());
  expect(refusal).toMatchObject({ kind: 'locked', path: scratch.file });
  expect(refusal.message).toContain('another process holds it');

  child.stdin?.write('\n');
  expect(await next(lines)).toEqual({ holding: false });
  expect(database.transaction(work).ok).toBe(true);
  const exited = once(child, 'exit');
  await exited;
});
