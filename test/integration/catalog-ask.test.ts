import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Timer } from '../../src/daemon/base/clock.ts';
import { METADATA_TIMEOUT_MS } from '../../src/protocol/plugin/metadata.ts';
import { ScratchCatalog } from '../fixtures/catalog/scratch-catalog.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const isRoot = process.getuid?.() === 0;
const ANSWER = '{"id":"x","name":"x","version":"1.0.0"}';

/** Scans a folder whose one plugin is this shell script, and gives the catalogue. */
async function scanScript(script: string): Promise<ScratchCatalog> {
  const scratch = new ScratchCatalog();
  scratch.put('x', `#!/bin/sh\n${script}\n`, 0o755);
  await scratch.catalog.scan();
  return scratch;
}

/** Settles when `condition` holds, looking after each turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function isAlive(pid: number): boolean {
  try {
    // A killed process whose parent has not looked yet is a zombie: not alive.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.each<[string, string, string]>([
  [
    'exits with an error',
    'echo "cannot find libfoo" >&2; echo second >&2; exit 3',
    'exited with 3: cannot find libfoo',
  ],
  ['exits with an error and says nothing', 'exit 4', 'exited with 4 and said nothing on stderr'],
  ['is killed', 'kill -SEGV $$', 'was ended by SIGSEGV'],
  ['floods', 'exec yes', 'printed more than 64 KiB and was killed'],
  ['floods stderr', 'head -c 30000000 /dev/zero >&2; exit 5', 'exited with 5'],
])('a program that %s is refused', async (_, script, reason) => {
  const scratch = await scanScript(script);
  expect(scratch.reasons().x?.startsWith(`plugins/x --metadata ${reason}`)).toBe(true);
  expect(scratch.reasons().x).toMatch(/^[^\n\0]{1,500}$/);
});

test('a program that prints nothing is refused', async () => {
  expect((await scanScript(':')).reasons().x).toBe('plugins/x --metadata: is empty');
});

test('a fault in what a program prints is named with its line', async () => {
  const scratch = await scanScript(`printf '{\\n"id":"x",\\n"name":"x",\\n"version":"1.x"}'`);
  expect(scratch.reasons().x).toBe('plugins/x --metadata line 4: "version" must be semver, not "1.x"');
});

test('an interpreter that does not exist is named as the reason', async () => {
  const scratch = new ScratchCatalog();
  scratch.put('x', '#!/no/such/interpreter\n', 0o755);
  await scratch.catalog.scan();
  expect(scratch.reasons().x).toMatch(/^plugins\/x --metadata /);
  expect(scratch.reasons().x).toMatch(/interpreter|No such file/);
});

test('a program that hangs is killed with its whole group when the time is over', async () => {
  const scratch = new ScratchCatalog();
  const pids = join(scratch.root, 'pids');
  scratch.put('x', `#!/bin/sh\nsleep 1000 &\necho $$ $! > '${pids}'\nwait\n`, 0o755);
  const scan = scratch.catalog.scan();
  const read = (): string => {
    try {
      return readFileSync(pids, 'utf8');
    } catch {
      return '';
    }
  };
  await until(() => read().endsWith('\n'));
  const [main = 0, child = 0] = read().trim().split(' ').map(Number);
  expect(scratch.clock.nextDelayMs).toBe(METADATA_TIMEOUT_MS);
  expect([isAlive(main), isAlive(child)]).toEqual([true, true]);
  scratch.clock.advance(METADATA_TIMEOUT_MS);
  await scan;
  expect(scratch.reasons().x).toBe(
    'plugins/x --metadata gave no answer within 5 s and was killed; put a plugin.json beside it',
  );
  await until(() => !isAlive(main) && !isAlive(child));
});

test('a child that keeps stdout open is not waited for, and does not stay', async () => {
  const scratch = new ScratchCatalog();
  const pid = join(scratch.root, 'pid');
  scratch.put('x', `#!/bin/sh\nsleep 1000 &\necho $! > '${pid}'\necho '${ANSWER}'\n`, 0o755);
  await scratch.catalog.scan();
  expect(scratch.ids()).toEqual(['x']);
  const child = Number(readFileSync(pid, 'utf8'));
  await until(() => !isAlive(child));
  expect(scratch.clock.timerCount).toBe(0);
});

test('a child in a session of its own that keeps stdout open is not waited for, and is ended as well', async () => {
  const scratch = new ScratchCatalog();
  const pid = join(scratch.root, 'pid');
  scratch.put(
    'x',
    `#!/bin/sh\nsetsid sh -c 'echo $$ > "${pid}.new"; mv "${pid}.new" "${pid}"; exec sleep 1000' &\nwhile [ ! -e '${pid}' ]; do :; done\necho '${ANSWER}'\n`,
    0o755,
  );
  await scratch.catalog.scan();
  expect(scratch.ids()).toEqual(['x']);
  const child = Number(readFileSync(pid, 'utf8'));
  await until(() => !isAlive(child));
});

test('a document as long as is allowed arrives whole', async () => {
  const scratch = new ScratchCatalog();
  const filling = 'y'.repeat(64 * 1024 - ANSWER.length - 15);
  const document = `${ANSWER.slice(0, -1)},"filling":"${filling}"}`;
  scratch.put('answer', document);
  scratch.put('x', `#!/bin/sh\nexec cat '${scratch.at('answer')}'\n`, 0o755);
  await scratch.catalog.scan();
  expect(scratch.ids()).toEqual(['x']);
  rmSync(scratch.at('answer'));
});

test('the program sees a bare environment, the root folder, an empty stdin and a session of its own', async () => {
  const scratch = new ScratchCatalog({ searchPath: '/usr/bin:/bin' });
  const seen = join(scratch.root, 'seen');
  process.env.TORU_TEST_SECRET = 'secret';
  onTestFinished(() => {
    delete process.env.TORU_TEST_SECRET;
  });
  scratch.put(
    'x',
    `#!/bin/sh\n{ env | sort | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=; pwd; wc -c; echo "$@"; cut -d' ' -f 5,6 /proc/$$/stat; echo $$; } > '${seen}'\necho '${ANSWER}'\n`,
    0o755,
  );
  await scratch.catalog.scan();
  expect(scratch.reasons()).toEqual({});
  const [session, pid] = readFileSync(seen, 'utf8').trim().split('\n').slice(-2);
  expect(session).toBe(`${pid} ${pid}`);
  const lines = readFileSync(seen, 'utf8').split('\n').slice(0, 6);
  expect(lines[2]).toMatch(/^TORU_METADATA=[0-9a-f-]{36}$/);
  expect(lines.toSpliced(2, 1)).toEqual(['LANG=C.UTF-8', 'PATH=/usr/bin:/bin', '/', '0', '--metadata']);
});

const TELL = `printf '{"id":"x","name":"%s","version":"1.0.0"}' "$(id -u) $(id -g) $(id -G) $(grep -E 'CapEff|CapBnd' /proc/self/status | tr -d '\\n\\t')"`;

test.runIf(isRoot)('a program that anybody can execute is asked as nobody', async () => {
  const scratch = new ScratchCatalog();
  chmodSync(scratch.root, 0o755);
  scratch.put('x', `#!/bin/sh\n${TELL}\n`, 0o755);
  await scratch.catalog.scan();
  expect(scratch.reasons()).toEqual({});
  expect(scratch.catalog.get('x')?.metadata.name).toMatch(/^65534 65534 65534 CapEff:0000000000000000/);
});

test.runIf(isRoot)('a program that only root can reach is asked without any capability', async () => {
  const scratch = await scanScript(TELL);
  expect(scratch.catalog.get('x')?.metadata.name).toMatch(
    /^0 0 .*CapEff:0000000000000000CapBnd:0000000000000000$/,
  );
});

test.runIf(isRoot)(
  'a program whose interpreter nobody cannot execute is asked once more as root without capabilities',
  async () => {
    const scratch = new ScratchCatalog();
    chmodSync(scratch.root, 0o755);
    const hidden = join(scratch.root, 'hidden');
    const interpreter = join(hidden, 'sh');
    mkdirSync(hidden, { mode: 0o700 });
    copyFileSync('/bin/sh', interpreter);
    scratch.put('x', `#!${interpreter}\n${TELL}\n`, 0o755);
    await scratch.catalog.scan();
    expect(scratch.reasons()).toEqual({});
    expect(scratch.catalog.get('x')?.metadata.name).toMatch(/^0 0 /);
  },
);

/** Keeps the largest number of timers that ran at a time: one runs for each program that is asked. */
class CountingClock extends VirtualClock {
  mostTimers = 0;

  override setTimer(callback: () => void, delayMs: number): Timer {
    const timer = super.setTimer(callback, delayMs);
    this.mostTimers = Math.max(this.mostTimers, this.timerCount);
    return timer;
  }
}

test('no more than four programs are asked at a time', async () => {
  const clock = new CountingClock();
  const scratch = new ScratchCatalog({ clock });
  for (let index = 0; index < 9; index++) {
    scratch.put(`p${index}`, `#!/bin/sh\necho '${ANSWER.replace('"x"', `"p${index}"`)}'\n`, 0o755);
  }
  await scratch.catalog.scan();
  expect(scratch.ids()).toHaveLength(9);
  expect(clock.mostTimers).toBe(4);
});
