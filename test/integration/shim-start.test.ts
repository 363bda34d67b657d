import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeSpec, SHIM_BUILDS, ShimRig, untilSeen } from '../fixtures/shim/rig.ts';

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** Field 22 of /proc/PID/stat. */
function startTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}

const isRoot = process.getuid?.() === 0;

describe.each(SHIM_BUILDS)('a start by %s', (build) => {
  let rig: ShimRig;
  beforeEach(() => {
    rig = new ShimRig(build);
  });
  afterEach(async () => {
    await rig.dispose();
  });

  test('shim and plugin are told by pid and start time', async () => {
    const open = rig.gate('go');
    const run = rig.shell('read x < go');
    const started = await run.event('started');
    const [shim] = run.events();
    expect(shim).toMatchObject({ event: 'shim', id: 'demo', run: 7, boot: 'boot-1', pid: run.pid });
    expect(shim?.startTime).toBe(startTimeOf(run.pid));
    expect(started.startTime).toBe(startTimeOf(Number(started.pid)));
    open();
    for (const event of await run.finished()) expect(event.at).toMatch(TIMESTAMP);
    expect(statSync(run.eventsFile).mode & 0o777).toBe(0o600);
    expect(existsSync(rig.path('7-demo.spec'))).toBe(false);
    expect(existsSync(rig.path('7-demo.claimed'))).toBe(true);
  });

  test('a spec that torud has taken back first is not run, and no trace stays', async () => {
    const spec = rig.writeSpec({ arg: ['/bin/sh', '-c', ': > ran'] });
    renameSync(spec, rig.path('7-demo.abandoned'));
    const run = rig.startSpec(spec);
    expect(await run.exited).toEqual({ code: 0, signal: null });
    expect(readdirSync(rig.folder)).toEqual(['7-demo.abandoned']);
  });

  test('of many shims that race for one spec exactly one runs it', async () => {
    const spec = rig.writeSpec({ arg: ['/bin/sh', '-c', 'echo ran'] });
    const runs = Array.from({ length: 8 }, () => rig.startSpec(spec));
    for (const run of runs) expect((await run.exited).code).toBe(0);
    expect(runs[0]?.events().map((event) => event.event)).toEqual(['shim', 'started', 'exited', 'gone']);
    expect(runs[0]?.lines().map((line) => line.message)).toEqual(['ran']);
  });

  test('arguments, environment and working directory are those of the spec and nothing else', async () => {
    const script = 'console.log(JSON.stringify([process.argv.slice(1), process.env, process.cwd()]))';
    const words = ['', 'two words', 'a=b', 'new\nline', 'é'];
    const run = rig.start({
      arg: [process.execPath, '-e', script, '--', ...words],
      env: ['A=1', 'B=with = and space', 'EMPTY='],
      cwd: '/usr',
    });
    await run.finished();
    const [argv, env, cwd] = JSON.parse(run.lines()[0]?.message ?? '') as [
      string[],
      Record<string, string>,
      string,
    ];
    expect(argv).toEqual(words);
    expect(env).toEqual({ A: '1', B: 'with = and space', EMPTY: '' });
    expect(cwd).toBe('/usr');
  });

  test('a plugin is the leader of its own session and group, and its stdin is /dev/null', async () => {
    const run = rig.shell('set -- $(cat /proc/$$/stat); echo $$ $5 $6; readlink /proc/$$/fd/0');
    await run.finished();
    const [ids = '', stdin] = run.lines().map((line) => line.message);
    expect(new Set(ids.split(' ')).size).toBe(1);
    expect(stdin).toBe('/dev/null');
  });

  test('nothing that the shim inherits or holds goes on to the plugin: descriptors, blocked and ignored signals', async () => {
    const spec = rig.writeSpec({ arg: ['/bin/cat', '/proc/self/status'] });
    const careless = [
      '/bin/sh',
      '-c',
      'exec 9</dev/null; exec env --ignore-signal=QUIT,USR1,TERM,CHLD "$0" "$1"',
    ];
    const run = rig.startSpec(spec, undefined, careless);
    await run.finished();
    const lines = run.lines().map((line) => line.message);
    const signals = lines.filter((line) => /^Sig(Blk|Ign|Cgt)/.test(line));
    expect(signals.length).toBe(3);
    for (const line of signals) expect(line).toMatch(/:\s+0+$/);
    const list = rig.writeSpec({ arg: ['/bin/ls', '/proc/self/fd'], log: rig.path('list.log') }, '8-demo');
    const listing = rig.startSpec(list, rig.path('list.log'), careless);
    await listing.finished();
    // 3 is the folder that ls reads.
    expect(listing.lines().map((line) => line.message)).toEqual(['0', '1', '2', '3']);
  });

  test('umask, nice, limits and no_new_privs are set before exec', async () => {
    const run = rig.shell(
      'umask; nice; ulimit -n; ulimit -c; ulimit -t; ulimit -f; grep NoNewPrivs /proc/$$/status',
      {
        umask: 0o027,
        nice: 5,
        rlimit_nofile: 64,
        rlimit_core: 0,
        rlimit_cpu: 77,
        rlimit_fsize: 1 << 20,
        no_new_privs: 1,
      },
    );
    await run.finished();
    const words = run.lines().map((line) => line.message);
    expect(words).toEqual(['0027', '5', '64', '0', '77', '2048', 'NoNewPrivs:\t1']);
  });

  test.skipIf(!isRoot)('user, group and groups are set before exec (needs root)', async () => {
    const run = rig.shell('id -u; id -g; id -G; cat /proc/$$/status | grep ^CapEff', {
      uid: 65_534,
      gid: 65_533,
      groups: '65533,1234',
      cwd: '/',
    });
    await run.finished();
    const [uid, gid, groups, capabilities] = run.lines().map((line) => line.message);
    expect([uid, gid, groups?.split(' ').sort()]).toEqual(['65534', '65533', ['1234', '65533']]);
    expect(capabilities).toMatch(/^CapEff:\s+0+$/);
  });

  test('the pid is written to the cgroup files', async () => {
    writeFileSync(rig.path('one.procs'), '');
    writeFileSync(rig.path('two.procs'), '');
    const run = rig.shell('true', { cgroup: [rig.path('one.procs'), rig.path('two.procs')] });
    const { pid } = await run.event('started');
    await run.finished();
    for (const name of ['one.procs', 'two.procs'])
      expect(readFileSync(rig.path(name), 'utf8')).toBe(String(pid));
  });

  const failures = [
    ['a program that is not there', { arg: ['/nowhere/plugin'] }, 'exec', 'ENOENT', 2],
    ['a program that is a folder', { arg: ['/usr'] }, 'exec', 'EACCES', 13],
    ['a working directory that is not there', { cwd: '/nowhere' }, 'chdir', 'ENOENT', 2],
    ['a cgroup that is not there', { cgroup: ['/nowhere/cgroup.procs'] }, 'cgroup', 'ENOENT', 2],
    ['a log folder that is not there', { log: '/nowhere/demo.log' }, 'log', 'ENOENT', 2],
    ['a log that is a folder', { log: '/usr' }, 'log', 'EISDIR', 21],
    ['groups that are no numbers', { groups: '1,x' }, 'setgroups', 'EINVAL', 22],
    ['a bridge whose folder is not there', { stdio: '/nowhere/demo.sock' }, 'stdio', 'ENOENT', 2],
    ['a spec without a program', { arg: [] }, 'spec', 'EINVAL', 22],
    ['a spec with a relative program', { arg: ['sh'] }, 'spec', 'EINVAL', 22],
    ['a spec with a number that is none', { grace_ms: 'soon' }, 'spec', 'EINVAL', 22],
  ] as const;
  test.each(failures)('%s is told as spawn-failed', async (_title, values, step, _name, errno) => {
    const run = rig.start({ arg: ['/bin/true'], ...values });
    const events = await run.finished();
    expect(events.map((event) => event.event)).toEqual(['shim', 'spawn-failed', 'gone']);
    expect(events[1]).toMatchObject({ step, errno });
    expect(events[1]?.error).toMatch(/^\S.*$/);
    expect(events[2]).toMatchObject({ lines: 0, lost: 0, killed: 0 });
  });

  test('unknown keys of a spec are ignored, torn and empty ones are refused', async () => {
    const run = rig.start({ arg: ['/bin/true'], seccomp: 'later', rlimit_future: 'x' });
    expect((await run.finished()).map((event) => event.event)).toEqual(['shim', 'started', 'exited', 'gone']);
    for (const [index, text] of [
      '',
      'id',
      encodeSpec({ id: 'demo', log: '/x' }).slice(0, -1),
      '\0\0=\0',
    ].entries()) {
      writeFileSync(rig.path(`${index}.spec`), text);
      const events = await rig.startSpec(rig.path(`${index}.spec`)).finished();
      expect(events.map((event) => event.event)).toEqual(['shim', 'spawn-failed', 'gone']);
    }
  });

  test('an events file that is deleted is written anew with all events', async () => {
    const open = rig.gate('go');
    const run = rig.shell('read x < go; exit 2');
    await run.event('started');
    unlinkSync(run.eventsFile);
    open();
    const events = await run.finished();
    expect(events.map((event) => event.event)).toEqual(['shim', 'started', 'exited', 'gone']);
  });

  test('a runs folder that is deleted is waited for', async () => {
    const open = rig.gate('go');
    const folder = rig.path('runs');
    rig.makeFolder('runs');
    const spec = rig.writeSpec({ arg: ['/bin/sh', '-c', 'read x < go; echo bye; exit 2'] }, 'runs/7-demo');
    const run = rig.startSpec(spec);
    await run.event('started');
    rmSync(folder, { recursive: true });
    open();
    await untilSeen(rig.folder, () => (rig.readLog().includes('bye') ? true : undefined));
    rig.makeFolder('runs');
    const events = await run.finished();
    expect(events.map((event) => event.event)).toEqual(['shim', 'started', 'exited', 'gone']);
  });

  test('a call that is wrong is answered with one line and exit code 1', async () => {
    for (const words of [[], ['relative.spec'], ['/tmp/x'], ['/a.spec', '/b.spec']]) {
      const { status, stderr } = rig.callShim(words);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^toru-shim: .+\n$/);
    }
  });
});
