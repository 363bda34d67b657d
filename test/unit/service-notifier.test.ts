/** What the service manager is told, and when: pure, with a clock that stands still. */

import { beforeEach, describe, expect, test } from 'vitest';
import { EventBus } from '../../src/daemon/base/event-bus.ts';
import { type SendOutcome, socketAddress } from '../../src/daemon/service/notify-sender.ts';
import { takeServiceEnvironment } from '../../src/daemon/service/service-environment.ts';
import { ServiceNotifier } from '../../src/daemon/service/service-notifier.ts';
import type { PluginStateName } from '../../src/protocol/plugin-state.ts';
import { importsOf, listFiles } from '../rig/source-files.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const VARIABLES = { NOTIFY_SOCKET: '/run/systemd/notify' };

let clock: VirtualClock;
let bus: EventBus;
let states: [PluginStateName, number][];
let heard: string[];
let outcome: SendOutcome;

beforeEach(() => {
  clock = new VirtualClock();
  bus = new EventBus();
  states = [];
  heard = [];
  outcome = 'sent';
});

function notifier(watchdogMs?: number): ServiceNotifier {
  return new ServiceNotifier({
    environment: { socket: '/run/systemd/notify', watchdogMs, variables: VARIABLES },
    sender: (assignments) => {
      if (outcome === 'sent') heard.push(assignments.join(' '));
      return outcome;
    },
    clock,
    monotonicMicros: () => 4242n,
  });
}

function serving(watchdogMs?: number): ServiceNotifier {
  const made = notifier(watchdogMs);
  made.serve(bus, () => new Map(states));
  return made;
}

function change(...next: typeof states): void {
  states = next;
  bus.publish('plugin-changed', { id: 'web' });
}

describe('status', () => {
  test('ready comes with how many plugins are in which state, trouble right behind what runs', () => {
    states = [
      ['stopped', 2],
      ['backoff', 1],
      ['running', 18],
      ['failed', 1],
    ];
    serving();
    expect(heard).toEqual(['READY=1 STATUS=18 running, 1 failed, 1 backoff, 2 stopped']);
  });

  test('without a plugin it says so', () => {
    serving();
    expect(heard).toEqual(['READY=1 STATUS=no plugins']);
  });

  test('many changes are told once, the last one; no timer is left then', () => {
    serving();
    for (let count = 1; count <= 500; count += 1) change(['running', count]);
    expect(heard).toHaveLength(1);
    clock.advance(1_000);
    expect(heard.slice(1)).toEqual(['STATUS=500 running']);
    expect(clock.timerCount).toBe(0);
  });

  test('what comes to the same is not told again, and a removed plugin is missed', () => {
    states = [['running', 1]];
    serving();
    change(['running', 1]);
    clock.advance(1_000);
    expect(heard).toHaveLength(1);
    states = [];
    bus.publish('plugin-removed', { id: 'web' });
    clock.advance(1_000);
    expect(heard.slice(1)).toEqual(['STATUS=no plugins']);
  });

  test('nothing runs while nothing happens', () => {
    serving();
    expect(clock.timerCount).toBe(0);
  });
});

describe('changes of torud itself', () => {
  test('a reload is told with the time at which it began, and its end', () => {
    const made = serving();
    made.reloading('reading the settings again');
    made.ready();
    expect(heard.slice(1)).toEqual([
      'RELOADING=1 MONOTONIC_USEC=4242 STATUS=reading the settings again',
      'READY=1 STATUS=no plugins',
    ]);
  });

  test('a reload before torud serves does not make it ready', () => {
    const made = notifier();
    made.reloading('reading the settings again');
    made.ready();
    expect(heard).toEqual([]);
  });

  test('after stopping nothing takes it back', () => {
    const made = serving();
    change(['stopping', 1]);
    made.stopping('stopping plugins');
    change(['stopped', 1]);
    made.reloading('reading the settings again');
    made.ready();
    clock.advance(1_000);
    expect(heard.slice(1)).toEqual(['STOPPING=1 STATUS=stopping plugins']);
  });

  test('the next version in this process finds the variables again, and no timer is left', () => {
    const made = serving(30_000);
    change(['running', 1]);
    const environment: Record<string, string | undefined> = { PATH: '/bin' };
    made.leave(environment);
    expect(environment).toEqual({ PATH: '/bin', ...VARIABLES });
    expect(clock.timerCount).toBe(0);
  });
});

describe('the watchdog', () => {
  test('is fed twice in its time, from the moment that torud serves until it has ended', () => {
    const made = notifier(60_000);
    expect(clock.timerCount).toBe(0);
    made.serve(bus, () => new Map());
    clock.advance(29_999);
    expect(heard).toHaveLength(1);
    clock.advance(60_001);
    expect(heard.slice(1)).toEqual(['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
    made.stopping('stopping plugins');
    clock.advance(30_000);
    expect(heard.at(-1)).toBe('WATCHDOG=1');
  });
});

describe('a receiver whose queue is full', () => {
  test('is told later, the last word on each thing only, and READY is never lost', () => {
    outcome = 'again';
    serving();
    change(['running', 1]);
    clock.advance(1_000);
    change(['running', 2]);
    clock.advance(1_000);
    expect(heard).toEqual([]);
    outcome = 'sent';
    clock.advance(100);
    expect(heard).toEqual(['READY=1 STATUS=2 running']);
    expect(clock.timerCount).toBe(0);
  });

  test('one that is gone costs nothing: what failed is not tried again', () => {
    outcome = 'failed';
    serving();
    expect(clock.timerCount).toBe(0);
  });
});

describe('the variables', () => {
  test('are read and taken away, so that no child has them', () => {
    const environment: Record<string, string | undefined> = {
      PATH: '/bin',
      NOTIFY_SOCKET: '@manager',
      WATCHDOG_USEC: '60000000',
      WATCHDOG_PID: '42',
    };
    const all = { NOTIFY_SOCKET: '@manager', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '42' };
    expect(takeServiceEnvironment(environment, 42)).toEqual({
      socket: '@manager',
      watchdogMs: 60_000,
      variables: all,
    });
    expect(environment).toEqual({ PATH: '/bin' });
  });

  test.each([
    ['of another process', { WATCHDOG_USEC: '60000000', WATCHDOG_PID: '43' }],
    ['of no time', { WATCHDOG_USEC: '0' }],
    ['of no number', { WATCHDOG_USEC: '-5 s' }],
    ['that is not there', {}],
  ])('a watchdog %s is none', (_what, watchdog) => {
    const taken = takeServiceEnvironment({ NOTIFY_SOCKET: '/run/n', ...watchdog }, 42);
    expect(taken?.watchdogMs).toBeUndefined();
  });

  test('without a socket nobody wants to be told', () => {
    expect(takeServiceEnvironment({ WATCHDOG_USEC: '60000000' }, 42)).toBeUndefined();
    expect(takeServiceEnvironment({ NOTIFY_SOCKET: '' }, 42)).toBeUndefined();
  });

  test('a path ends with a NUL in the address; an abstract name begins with one and has no other', () => {
    expect(socketAddress('/run/n')).toEqual({ ok: true, value: Buffer.from('\x01\x00/run/n\0', 'latin1') });
    expect(socketAddress('@n')).toEqual({ ok: true, value: Buffer.from('\x01\x00\0n', 'latin1') });
  });

  test('what is no socket is named', () => {
    expect(socketAddress('vsock:2:1234')).toMatchObject({ ok: false });
    expect(socketAddress(`/${'x'.repeat(107)}`)).toMatchObject({ ok: false });
    expect(socketAddress(`@${'x'.repeat(107)}`)).toMatchObject({ ok: true });
  });
});

test('torud imports nothing of it but types, so that without a service manager nothing of it is loaded', () => {
  const faults = listFiles('src')
    .filter((path) => path.endsWith('.ts') && !path.startsWith('src/daemon/service/'))
    .flatMap((path) => importsOf(path).map((one) => ({ path, ...one })))
    .filter(
      ({ target, names }) => target.startsWith('src/daemon/service/') && !names.trim().startsWith('type'),
    )
    .map(({ path, target }) => `${path} imports ${target}`);
  expect(faults).toEqual(['src/daemon/main.ts imports src/daemon/service/open-service.ts']);
});
