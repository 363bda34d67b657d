/** The block of `toru status NAME`. */

import { expect, it } from 'vitest';
import { daemonBlock } from '../../src/cli/daemon-block.ts';
import { statusBlock } from '../../src/cli/status-block.ts';
import type { DaemonStatus } from '../../src/protocol/control/daemon.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';

function at(hour: number, minute: number, second = 0): string {
  return new Date(2026, 10, 8, hour, minute, second).toISOString();
}

const STYLE = { hasColour: false, nowMs: Date.parse(at(14, 2, 3)) };

const PLUGIN: PluginStatus = {
  id: 'analytics',
  name: 'Analytics',
  version: '1.4.0',
  description: 'Sales analytics',
  runtime: 'process',
  state: 'backoff',
  enabled: true,
  wanted: 'up',
  health: 'unknown',
  pid: null,
  runId: null,
  since: at(14, 2),
  uptimeMs: null,
  restarts: 4,
  nextRestartAt: at(14, 2, 8),
  reason: 'it ended with exit code 7',
  actor: { kind: 'daemon' },
  memoryBytes: null,
  cpuPercent: null,
  linesLost: 0,
  lastCrash: null,
  lastExit: null,
  problems: [],
  dependencies: [
    { plugin: 'crm', range: '^2.0', required: true, state: 'running', version: '2.3.1', fits: true },
    { plugin: 'db', range: '^3', required: true, state: 'running', version: '2.0.0', fits: false },
    { plugin: 'cache', range: '*', required: false, state: null, version: null, fits: false },
  ],
  neededBy: ['gateway', 'report'],
  groups: ['nightly'],
};

it('shows what it needs and who needs it, its limits, its tries, and who enabled it', () => {
  const properties = {
    'restart.limit': 10,
    'limits.memoryBytes': 209715200,
    'limits.nofile': 1024,
    'limits.cpuSeconds': null,
    user: 'nobody',
    enabledAt: at(12, 0),
    enabledActor: { kind: 'user', name: 'ops', uid: 1000 },
  };
  expect(statusBlock(PLUGIN, ['a line'], STYLE, properties).split('\n')).toEqual([
    '● analytics - Sales analytics (1.4.0, process)',
    '    State: backoff since 14:02:00 (3 s ago); next try in 5 s (4 of 10)',
    '      Why: it ended with exit code 7',
    '  Enabled: yes (by ops (uid 1000), 2026-11-08 12:00:00)',
    '  Depends: crm ^2.0 (running 2.3.1) ✓',
    '           db ^3 (running 2.0.0, does not fit) ✗',
    '           cache (not installed, optional) ✗',
    'Needed by: gateway, report',
    '   Groups: @nightly',
    '   Limits: memory 200.0M · nofile 1024 · user nobody',
    ' Restarts: 4',
    '    Crash: none',
    '     Logs: 0 lines lost',
    '',
    'a line',
  ]);
});

it('is shorter without the properties, and says that there is no limit where there is none', () => {
  const plain = { ...PLUGIN, dependencies: [], neededBy: [], groups: [], linesLost: 1 };
  const block = statusBlock(plain, [], STYLE);
  expect(block).toContain('next try in 5 s\n');
  expect(block).toContain('  Enabled: yes\n');
  expect(block).not.toMatch(/Depends|Needed|Groups|Limits/);
  expect(block).toContain('Logs: 1 line lost');
  const limited = statusBlock(plain, [], STYLE, { 'limits.nofile': null, enabledAt: null });
  expect(limited).toContain('   Limits: none\n');
});

it('of torud itself says why it began, where that is worth a word', () => {
  const daemon = {
    version: '1.0.0',
    since: at(13, 40, 3),
    plugins: { total: 1, running: 1, failed: 0 },
    protocol: { control: 1, plugin: 1 },
    paths: {},
    problems: [],
  } as unknown as DaemonStatus;
  const reason = 'torud itself (pid 811) was killed or crashed after 13:40:02, and was back at 13:40:03';
  expect(daemonBlock({ ...daemon, reason }, false, STYLE.nowMs)).toContain(`      Why: ${reason}\n`);
  expect(daemonBlock(daemon, false, STYLE.nowMs)).not.toContain('Why:');
});
