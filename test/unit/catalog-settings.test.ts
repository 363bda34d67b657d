import { expect, test } from 'vitest';
import { readConfig } from '../../src/daemon/base/config.ts';
import { emptyLayer, readLayer, type SettingLayer } from '../../src/daemon/base/config-layer.ts';
import { parseToml } from '../../src/daemon/base/toml-document.ts';
import { effectiveSettings } from '../../src/daemon/catalog/effective-settings.ts';
import { readMetadata } from '../../src/daemon/catalog/metadata-reader.ts';

function dropIn(toml: string): { readonly layer: SettingLayer; readonly problems: readonly string[] } {
  const parsed = parseToml(toml, '/etc/toru/plugins.d/web.toml', 'plugins.d/web.toml');
  if (!parsed.ok) throw new Error(parsed.failure.message);
  const { layer, problems } = readLayer(
    parsed.value.values,
    parsed.value.text,
    'drop-in',
    parsed.value.text.file,
  );
  return { layer, problems: problems.map((problem) => problem.message) };
}

function defaults(toml: string): SettingLayer {
  const parsed = parseToml(toml, '/etc/toru/torud.toml', 'torud.toml');
  const config = parsed.ok ? readConfig(parsed.value) : parsed;
  if (!config.ok) throw new Error(config.failure.message);
  return config.value.defaults;
}

function manifest(fields: Readonly<Record<string, unknown>>): SettingLayer {
  const read = readMetadata(
    Buffer.from(JSON.stringify({ id: 'web', name: 'web', version: '1.0.0', ...fields })),
    '/f',
    'f',
  );
  if (!read.ok) throw new Error(read.failure.reason);
  return read.value.layer;
}

test('without any file everything is built-in', () => {
  const { settings, origins } = effectiveSettings([emptyLayer('manifest')]);
  expect(settings).toEqual({
    restart: {
      policy: 'on-crash',
      delaysMs: [1000, 2000, 4000, 8000, 16_000],
      jitter: 0,
      limit: 10,
      stableAfterMs: 60_000,
      successCodes: [0],
      noRestartCodes: [],
    },
    start: { aliveMs: 1000, timeoutMs: 30_000 },
    stop: { graceMs: 10_000, signal: 'SIGTERM' },
    health: { intervalMs: 30_000, timeoutMs: 5000, unhealthyAfter: 3, restartAfter: null },
    limits: {
      memoryBytes: null,
      nofile: null,
      nproc: null,
      coreBytes: null,
      cpuSeconds: null,
      fileSizeBytes: null,
    },
    log: { maxSizeBytes: 10 * 1024 * 1024, maxAgeMs: 0, keep: 5, compress: false, maxLineBytes: 64 * 1024 },
    kv: { maxKeys: 10_000, maxBytes: 64 * 1024 * 1024 },
    environment: {},
    config: {},
    user: null,
    group: null,
    umask: 0o022,
    nice: 0,
    noNewPrivileges: false,
    groups: [],
  });
  expect(new Set(origins.map((origin) => origin.source))).toEqual(new Set(['built-in']));
  expect(origins).toContainEqual({ key: 'umask', value: '022', source: 'built-in' });
});

test('the drop-in wins over torud.toml, that over the manifest, that over the built-in value', () => {
  const layers = [
    manifest({ stop: { grace: 1 }, restart: { policy: 'always', limit: 1 }, health: { interval: 1 } }),
    defaults('[defaults.stop]\ngrace = 2\n[defaults.restart]\nlimit = 2'),
    dropIn('[stop]\ngrace = 3').layer,
  ];
  const { settings, origins } = effectiveSettings(layers);
  expect([
    settings.stop.graceMs,
    settings.restart.limit,
    settings.health.intervalMs,
    settings.health.timeoutMs,
  ]).toEqual([3000, 2, 1000, 5000]);
  const sources = Object.fromEntries(origins.map(({ key, source }) => [key, source]));
  expect(sources).toMatchObject({
    'stop.grace_ms': '/etc/toru/plugins.d/web.toml',
    'restart.limit': '/etc/toru/torud.toml',
    'restart.policy': 'manifest',
    'health.timeout_ms': 'built-in',
  });
});

test('[defaults] takes the keys of the top level and an environment, each with its source', () => {
  const everyone = [
    '[defaults]\nnice = 5\numask = "027"\nuser = "nobody"\ngroup = "nogroup"\ngroups = ["shop"]',
    'no_new_privileges = true\nstart_seconds = 3\n[defaults.environment]\nA = "all"\nB = "all"',
  ];
  const { settings, origins } = effectiveSettings([
    manifest({ environment: { A: 'own', C: 'own' } }),
    defaults(everyone.join('\n')),
    dropIn('nice = 7\n[environment]\nB = "web"').layer,
  ]);
  expect(settings).toMatchObject({
    nice: 7,
    umask: 0o027,
    user: 'nobody',
    group: 'nogroup',
    groups: ['shop'],
    noNewPrivileges: true,
    start: { aliveMs: 3000 },
    environment: { A: 'all', B: 'web', C: 'own' },
  });
  const sources = Object.fromEntries(origins.map(({ key, source }) => [key, source]));
  expect(sources).toMatchObject({
    nice: '/etc/toru/plugins.d/web.toml',
    umask: '/etc/toru/torud.toml',
    'environment.A': '/etc/toru/torud.toml',
    'environment.B': '/etc/toru/plugins.d/web.toml',
    'environment.C': 'manifest',
  });
  expect(() => defaults('[defaults]\ncommand = ["x"]')).toThrow('unknown key "command" in [defaults]');
});

test('a value that is set back to the built-in one still names its file', () => {
  const { settings, origins } = effectiveSettings([
    manifest({ restart: { limit: 3 } }),
    dropIn('[restart]\nlimit = "none"').layer,
  ]);
  expect(settings.restart.limit).toBeNull();
  expect(origins).toContainEqual({
    key: 'restart.limit',
    value: null,
    source: '/etc/toru/plugins.d/web.toml',
  });
});

test('environment and config are merged key by key, each with its source', () => {
  const layers = [
    manifest({ environment: { A: 'author', B: 'author' } }),
    dropIn(
      '[environment]\nB = "admin"\nC = ""\n[config]\nport = 80\nsince = 2026-01-01\nlist = [1, { a = true }]',
    ).layer,
  ];
  const { settings, origins } = effectiveSettings(layers);
  expect(settings.environment).toEqual({ A: 'author', B: 'admin', C: '' });
  expect(settings.config).toEqual({ port: 80, since: '2026-01-01', list: [1, { a: true }] });
  expect(
    origins
      .filter((origin) => /^(environment|config)/.test(origin.key))
      .map(({ key, source }) => [key, source]),
  ).toEqual([
    ['environment.A', 'manifest'],
    ['environment.B', '/etc/toru/plugins.d/web.toml'],
    ['environment.C', '/etc/toru/plugins.d/web.toml'],
    ['config.port', '/etc/toru/plugins.d/web.toml'],
    ['config.since', '/etc/toru/plugins.d/web.toml'],
    ['config.list', '/etc/toru/plugins.d/web.toml'],
  ]);
});

test('a drop-in can set everything', () => {
  const { layer, problems } = dropIn(`
user = "www-data"
group = 33
umask = "077"
nice = -5
no_new_privileges = true
groups = ["web"]
command = ["web", "--port", "80"]
start_seconds = 2
start_timeout = "1min"
[restart]
policy = "always"
delays = ["100ms", 1]
jitter = 0.5
stable_after_seconds = 5
success_codes = [0, 2]
no_restart_codes = [78]
[stop]
grace_ms = 1
signal = "INT"
[health]
interval = 0
unhealthy_after = 1
restart_after = 2
[limits]
memory = "64M"
nofile = 64
nproc = 10
core = 0
cpu = "1min"
file_size = "1G"
[log]
max_size = "1M"
max_age = "7d"
keep = 0
compress = true
max_line = 1024
[kv]
max_keys = 1
max_bytes = "1K"
`);
  expect(problems).toEqual([]);
  expect(layer.command).toEqual(['web', '--port', '80']);
  expect(layer.commandPlace).toBe('plugins.d/web.toml line 8');
  expect(effectiveSettings([layer]).settings).toEqual({
    restart: {
      policy: 'always',
      delaysMs: [100, 1000],
      jitter: 0.5,
      limit: 10,
      stableAfterMs: 5000,
      successCodes: [0, 2],
      noRestartCodes: [78],
    },
    start: { aliveMs: 2000, timeoutMs: 60_000 },
    stop: { graceMs: 1, signal: 'SIGINT' },
    health: { intervalMs: 0, timeoutMs: 5000, unhealthyAfter: 1, restartAfter: 2 },
    limits: {
      memoryBytes: 64 * 1024 * 1024,
      nofile: 64,
      nproc: 10,
      coreBytes: 0,
      cpuSeconds: 60,
      fileSizeBytes: 1024 ** 3,
    },
    log: { maxSizeBytes: 1024 * 1024, maxAgeMs: 604_800_000, keep: 0, compress: true, maxLineBytes: 1024 },
    kv: { maxKeys: 1, maxBytes: 1024 },
    environment: {},
    config: {},
    user: 'www-data',
    group: '33',
    umask: 0o077,
    nice: -5,
    noNewPrivileges: true,
    groups: ['web'],
  });
});

test.each<[string, readonly string[]]>([
  [
    '[restart]\n\npolicy = "always"\ndelay_ms = [1]',
    ['plugins.d/web.toml line 4: unknown key "delay_ms" in [restart]; did you mean "delays_ms"?'],
  ],
  [
    '[restart]\npolicy = "sometimes"',
    [
      'plugins.d/web.toml line 2: "policy" in [restart] must be "always", "on-crash" or "never", not "sometimes"',
    ],
  ],
  [
    '[restart]\ndelays_ms = []',
    ['plugins.d/web.toml line 2: "delays_ms" in [restart] must be a list of 1 to 256 values, not []'],
  ],
  [
    '[restart]\ndelays_ms = [1, "x"]',
    [
      'plugins.d/web.toml line 2: "delays_ms" in [restart] must be a list of which each must be a whole number from 0 to 1728000000',
    ],
  ],
  [
    '[restart]\nlimit = -1',
    [
      'plugins.d/web.toml line 2: "limit" in [restart] must be a whole number from 0 to 2147483647, or "none", not -1',
    ],
  ],
  ['usr = "x"', ['plugins.d/web.toml line 1: unknown key "usr"; did you mean "user"?']],
  ['[limit]\nmemory = 1', ['plugins.d/web.toml line 1: unknown table [limit]; did you mean [limits]?']],
  ['restart = "always"', ['plugins.d/web.toml line 1: "restart" must be a table, not "always"']],
  [
    '[environment]\nA = 5\n"B C" = "x"',
    [
      'plugins.d/web.toml line 2: "A" in [environment] must be text of 1 to 131072 characters, not 5',
      'plugins.d/web.toml line 3: "B C" in [environment] is no name of a variable',
    ],
  ],
  [
    'stop = { grace = 1, grace_ms = 5 }',
    ['plugins.d/web.toml line 1: "grace_ms" in [stop] says the same as "grace"; keep one of them'],
  ],
  [
    'start_seconds = 1\n[start]\nseconds = 1',
    ['plugins.d/web.toml line 3: "seconds" in [start] says the same as "start_seconds"; keep one of them'],
  ],
  [
    '[stop]\nsignal = "SIGNAL"',
    [
      'plugins.d/web.toml line 2: "signal" in [stop] must be the name of a signal like "SIGTERM", not "SIGNAL"',
    ],
  ],
  [
    'umask = "9"\nnice = 50',
    [
      'plugins.d/web.toml line 1: "umask" must be octal digits in quotes like "022", at most "777", not "9"',
      'plugins.d/web.toml line 2: "nice" must be a whole number from -20 to 19, not 50',
    ],
  ],
  [
    'command = ["a\\u0000b"]',
    [
      'plugins.d/web.toml line 1: "command" must be a list of which each must be text of 1 to 4096 characters',
    ],
  ],
])('a wrong drop-in: %j', (toml, problems) => {
  expect(dropIn(toml).problems).toEqual(problems);
});
