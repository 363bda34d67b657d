import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive, SHIM_BUILDS, ShimRig, untilSeen } from '../fixtures/shim/rig.ts';

/** A Node script that acts on a signal at any moment: a shell may lose it to the child that it is about to make. */
const onSignal = (name: string, words: string, code: number) => `
  process.on('${name}', () => { require('node:fs').writeSync(1, '${words}\\n'); process.exit(${code}); });
  setInterval(() => undefined, 1_000_000);
`;

const FOREVER = 'while :; do /bin/sleep 1000; done';

describe.each(SHIM_BUILDS)('the end of a run under %s', (build) => {
  let rig: ShimRig;
  beforeEach(() => {
    rig = new ShimRig(build);
  });
  afterEach(async () => {
    await rig.dispose();
  });

  /** The pid that the plugin's children wrote into that file. */
  const pidIn = async (name: string): Promise<number> =>
    await untilSeen(rig.folder, () => {
      const text = existsSync(rig.path(name)) ? readFileSync(rig.path(name), 'utf8') : '';
      return text.endsWith('\n') ? Number(text) : undefined;
    });

  test('an exit code is told, with what the run took', async () => {
    const events = await rig.shell('exit 7').finished();
    expect(events.map((event) => event.event)).toEqual(['shim', 'started', 'exited', 'gone']);
    expect(events[2]).toMatchObject({ code: 7, signal: null, core: false });
    expect(events[2]?.maxRssBytes).toBeGreaterThan(100_000);
    expect(events[2]?.userMs).toBeGreaterThanOrEqual(0);
    expect(events[2]?.systemMs).toBeGreaterThanOrEqual(0);
    expect(events[3]).toMatchObject({ lines: 0, lost: 0, killed: 0 });
  });

  test('a signal is told by its name', async () => {
    const events = await rig.shell('kill -SEGV $$', { rlimit_core: 0 }).finished();
    expect(events[2]).toMatchObject({ code: null, signal: 'SIGSEGV', core: false });
  });

  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
  const canDump = pattern !== '' && !pattern.startsWith('|') && !pattern.startsWith('/');
  test.skipIf(!canDump)(
    'a core dump is told (needs a core_pattern that writes into the working directory)',
    async () => {
      let limit = 'unlimited';
      try {
        limit = execFileSync('sh', ['-c', 'ulimit -H -c'], { encoding: 'utf8' }).trim();
      } catch (error) {
        throw new Error('cannot read the limit of core files', { cause: error });
      }
      const isRoot = process.getuid?.() === 0;
      const size = limit === 'unlimited' || isRoot ? 64 << 20 : Number(limit) * 512;
      const events = await rig.shell('kill -ABRT $$', { rlimit_core: size }).finished();
      expect(events.find((event) => event.event === 'exited')).toMatchObject({
        signal: 'SIGABRT',
        core: size > 0,
      });
    },
  );

  test('SIGTERM asks the whole group to end', async () => {
    const run = rig.shell(`(echo $$ > child; exec sleep 1000) & trap 'echo bye; exit 4' TERM; echo up; wait`);
    await run.line('up');
    run.signal('SIGTERM');
    const events = await run.finished();
    expect(run.lines().map((line) => line.message)).toEqual(['up', 'bye']);
    expect(events.at(-2)).toMatchObject({ event: 'exited', code: 4 });
    expect(events.at(-1)).toMatchObject({ event: 'gone', killed: 0 });
  });

  test('the stop signal is the one of the spec', async () => {
    const run = rig.node(`${onSignal('SIGINT', 'int', 5)} console.log('up')`, { stop_signal: 2 });
    await run.line('up');
    run.signal('SIGTERM');
    const events = await run.finished();
    expect(events.at(-2)).toMatchObject({ event: 'exited', code: 5 });
  });

  test('who ignores SIGTERM is killed after the grace', async () => {
    const run = rig.shell(`trap '' TERM; echo up; ${FOREVER}`, { grace_ms: 150 });
    await run.line('up');
    const asked = Date.now();
    run.signal('SIGTERM');
    const events = await run.finished();
    expect(events.at(-2)).toMatchObject({ event: 'exited', code: null, signal: 'SIGKILL' });
    expect(Date.parse(String(events.at(-2)?.at)) - asked).toBeGreaterThanOrEqual(149);
  });

  test('a further SIGTERM does not lengthen the grace', async () => {
    // It asks the shim again each time: with a grace that begins anew it would live for ever.
    const again = `const again = () => { process.kill(process.ppid, 'SIGTERM'); setTimeout(again, 20); };
      process.once('SIGTERM', again); process.on('SIGTERM', () => undefined);`;
    const run = rig.node(`${again} setInterval(() => undefined, 1_000_000); console.log('up')`, {
      grace_ms: 150,
    });
    await run.line('up');
    run.signal('SIGTERM');
    const events = await run.finished();
    expect(events.at(-2)).toMatchObject({ event: 'exited', signal: 'SIGKILL' });
  });

  test('a plugin that was stopped by SIGSTOP ends on SIGTERM within its grace', async () => {
    const run = rig.node(`${onSignal('SIGTERM', 'bye', 0)} console.log('up')`);
    await run.line('up');
    execFileSync('kill', ['-STOP', String((await run.event('started')).pid)]);
    run.signal('SIGTERM');
    const events = await run.finished();
    expect(events.at(-2)).toMatchObject({ event: 'exited', code: 0 });
  });

  test('SIGUSR2 kills at once', async () => {
    const run = rig.shell(`trap '' TERM; sh -c "trap '' TERM; echo up; ${FOREVER}" & wait`);
    await run.line('up');
    run.signal('SIGUSR2');
    const events = await run.finished();
    expect(events.at(-2)).toMatchObject({ event: 'exited', signal: 'SIGKILL' });
  });

  test('a grandchild in a session of its own dies with the plugin', async () => {
    const run = rig.shell(`setsid sh -c 'trap "" TERM; echo $$ > pid; ${FOREVER}' & ${FOREVER}`, {
      grace_ms: 50,
    });
    const pid = await pidIn('pid');
    run.signal('SIGTERM');
    const events = await run.finished();
    expect(isAlive(pid)).toBe(false);
    expect(events.at(-1)).toMatchObject({ event: 'gone' });
    expect(events.at(-1)?.killed).toBeGreaterThanOrEqual(1);
  });

  test('what a plugin leaves behind gets the stop signal at once: a daemon that forked twice', async () => {
    const daemon = `${onSignal('SIGTERM', 'daemon ends', 0)}
      require('node:fs').writeFileSync('pid', process.pid + '\\n');`;
    writeFileSync(rig.path('daemon.js'), daemon);
    const open = rig.gate('fifo');
    const run = rig.shell(`(setsid ${process.execPath} daemon.js &) & read x < fifo; exit 3`);
    const pid = await pidIn('pid');
    open();
    const events = await run.finished();
    expect(isAlive(pid)).toBe(false);
    expect(events.at(-2)).toMatchObject({ event: 'exited', code: 3 });
    expect(events.at(-1)).toMatchObject({ event: 'gone', killed: 0 });
    expect(run.lines().map((line) => line.message)).toContain('daemon ends');
  });

  test('what is left behind and ignores the stop signal is killed after the grace, and counted', async () => {
    const open = rig.gate('fifo');
    rig.gate('never');
    const daemon = `setsid sh -c 'trap "" TERM; echo $$ > pid; read x < never'`;
    const run = rig.shell(`(${daemon} &) & read x < fifo; exit 0`, { grace_ms: 50 });
    const pid = await pidIn('pid');
    open();
    const events = await run.finished();
    expect(isAlive(pid)).toBe(false);
    expect(events.at(-1)).toMatchObject({ event: 'gone', killed: 1 });
  });

  test('orphans that end are reaped while the plugin goes on', async () => {
    // An ended process stays in /proc until somebody has waited for it.
    const run = rig.shell(`(sh -c 'echo $$ > pid' &); while [ ! -s pid ]; do :; done
      read -r pid < pid; while [ -e /proc/$pid ]; do :; done; echo reaped; ${FOREVER}`);
    await run.line('reaped');
    run.signal('SIGTERM');
    const events = await run.finished();
    expect(events.at(-1)).toMatchObject({ killed: 0 });
  });

  test('processes that fork on in sessions of their own are all killed', async () => {
    writeFileSync(
      rig.path('bomb'),
      `trap '' TERM\n[ "$1" -gt 0 ] || { echo leaf; ${FOREVER}; }\nsetsid sh $0 $(($1-1)) &\nsetsid sh $0 $(($1-1)) &\nwait\n`,
    );
    const run = rig.shell(`exec sh ${rig.path('bomb')} 6`, { grace_ms: 0 });
    await untilSeen(rig.folder, () => (run.lines().length >= 8 ? true : undefined));
    run.signal('SIGUSR2');
    const events = await run.finished();
    const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
    expect(left.filter((line) => line.includes(rig.path('bomb')))).toEqual([]);
    expect(events.at(-1)?.killed).toBeGreaterThan(20);
  });

  test('signals that mean nothing to the shim do nothing', async () => {
    const open = rig.gate('fifo');
    const run = rig.shell('echo up; read x < fifo; echo end');
    await run.line('up');
    for (const name of ['SIGHUP', 'SIGINT', 'SIGPIPE'] as const) run.signal(name);
    open();
    await run.finished();
    expect(run.lines().at(-1)?.message).toBe('end');
  });
});
