/** What the doctor makes of what it sees, where that is a function of text and numbers alone. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jumpBetween } from '../../src/doctor/checks/clock.ts';
import { procFinding, versionFinding } from '../../src/doctor/checks/kernel.ts';
import { nodeFinding } from '../../src/doctor/checks/runtime.ts';
import { unitFindings } from '../../src/doctor/checks/service.ts';
import { elfFinding } from '../../src/doctor/checks/shim.ts';
import { idFindings, webFinding } from '../../src/doctor/checks/web.ts';
import { limitOf, mountOf } from '../../src/doctor/machine.ts';

describe('the kernel', () => {
  test.each([
    ['5.9.0-arm', 'ok'],
    ['6.1.0-18-amd64', 'ok'],
    ['10.0', 'ok'],
    ['5.8.18', 'fail'],
    ['4.19.0', 'fail'],
    ['none', 'warn'],
  ])('%s is %s', (release, result) => {
    expect(versionFinding(release).result).toBe(result);
  });

  test('a /proc that hides processes is a warning for a torud that is not root, and for that one alone', () => {
    const mounts = 'proc /proc proc rw,nosuid,hidepid=invisible 0 0\n';
    expect(procFinding(mounts, 1000)).toMatchObject({
      result: 'warn',
      mend: expect.stringContaining('hidepid=0'),
    });
    expect(procFinding(mounts, 0).result).toBe('ok');
    expect(procFinding(mounts.replace('invisible', '0'), 1000).result).toBe('ok');
  });
});

test('the HTTP module has to have a user that may ask torud and reaches plugins', () => {
  const own = { uid: 990, torudUid: 0, role: 'admin', isInGroup: true } as const;
  expect(webFinding(own).result).toBe('ok');
  expect(webFinding({ ...own, uid: 0 })).toMatchObject({ result: 'warn', detail: 'web runs as root' });
  expect(webFinding({ ...own, role: 'operate' }).detail).toContain('its role is operate');
  expect(webFinding({ ...own, role: undefined }).detail).toContain('no [[access]] rule');
  expect(webFinding({ ...own, isInGroup: false }).detail).toContain('plugin_socket_group');
  expect(webFinding({ uid: 1000, torudUid: 1000, role: undefined, isInGroup: false }).result).toBe('ok');
});

test('a plugin whose id is a word of the HTTP API is a warning', () => {
  expect(idFindings(['reloader', 'router', 'start'])).toEqual([]);
  expect(
    idFindings(['route', 'hello', 'reload']).map(({ result, detail }) => [result, detail.slice(0, 8)]),
  ).toEqual([
    ['warn', '"route" '],
    ['warn', '"reload"'],
  ]);
});

test('Node that is too old fails, one beside the wanted one is a warning', () => {
  expect(nodeFinding('22.1.0', '24.21.0').result).toBe('fail');
  expect(nodeFinding('25.0.0', '24.21.0').result).toBe('warn');
  expect(nodeFinding('24.21.0', '24.21.0').result).toBe('ok');
  expect(nodeFinding('25.0.0', undefined).result).toBe('ok');
});

describe('a program', () => {
  const node = readFileSync(process.execPath);

  test('that needs a dynamic linker is a warning', () => {
    expect(elfFinding(node, 'shim')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('dynamically'),
    });
  });

  test('for another machine fails, and so does what is no program', () => {
    const other = Buffer.from(node.subarray(0, 4096));
    other.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
    expect(elfFinding(other, 'shim')).toMatchObject({
      result: 'fail',
      detail: expect.stringContaining('is made for'),
    });
    expect(elfFinding(Buffer.from('#!/bin/sh\n'), 'shim').result).toBe('fail');
    expect(elfFinding(Buffer.alloc(0), 'shim').result).toBe('fail');
  });
});

test('a clock that was set is noticed in both directions, and an upgrade in place is no jump', () => {
  expect(jumpBetween(60_000, 61_000).result).toBe('ok');
  expect(jumpBetween(60_000, 3_600_000).result).toBe('ok');
  expect(jumpBetween(86_460_000, 60_000)).toMatchObject({
    result: 'warn',
    detail: expect.stringContaining('forward'),
  });
  expect(jumpBetween(-86_400_000, 60_000)).toMatchObject({
    result: 'warn',
    detail: expect.stringContaining('back'),
  });
});

describe('the unit of systemd', () => {
  const unit = (more: string): string =>
    `LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n${more}`;
  const results = (text: string): string[] =>
    unitFindings(text).map(({ name, result }) => `${name} ${result}`);

  test('is well with KillMode=process', () => {
    expect(results(unit('KillMode=process'))).toEqual(['service.unit ok', 'service.kill-mode ok']);
  });

  test('fails with a KillMode that would kill the plugins', () => {
    expect(results(unit('KillMode=control-group'))).toContain('service.kill-mode fail');
  });

  test('that is not there is no fault', () => {
    expect(results('LoadState=not-found\nActiveState=inactive')).toEqual(['service.unit skip']);
  });

  test('that has failed, is disabled or was changed is named so', () => {
    const text =
      'LoadState=loaded\nActiveState=failed\nUnitFileState=disabled\nKillMode=process\nNeedDaemonReload=yes';
    expect(results(text)).toEqual([
      'service.unit fail',
      'service.kill-mode ok',
      'service.enabled warn',
      'service.reload warn',
    ]);
  });
});

test('the mount of a path is the nearest one above it, and the last one of two', () => {
  const mounts = [
    '/dev/a / ext4 rw 0 0',
    '/dev/b /var ext4 ro 0 0',
    '/dev/c /va xfs rw 0 0',
    '/dev/d /my\\040disk xfs rw,noexec 0 0',
  ];
  const text = [...mounts, 'tmpfs /var tmpfs rw 0 0'].join('\n');
  expect(mountOf('/var/lib', text)).toMatchObject({ point: '/var', kind: 'tmpfs' });
  expect(mountOf('/vax', text)).toMatchObject({ point: '/' });
  expect(mountOf('/my disk/x', text)?.options.has('noexec')).toBe(true);
  expect(mountOf('/x', '')).toBeUndefined();
});

test('limits are read as /proc writes them', () => {
  const text = readFileSync(join('/proc/self/limits'), 'utf8');
  expect(limitOf(text, 'Max open files')?.soft).toBeGreaterThan(0);
  expect(limitOf('Max cpu time   unlimited   10   seconds', 'Max cpu time')).toEqual({
    soft: Number.POSITIVE_INFINITY,
    hard: 10,
  });
  expect(limitOf(text, 'Max nonsense')).toBeUndefined();
});
