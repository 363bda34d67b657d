/** The rules of ARCHITECTURE.md that a machine can hold: who imports whom, and how large things may grow. */

import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../src/protocol/version.ts';
import { CHECKOUT } from './rig/programs.ts';
import {
  countLines,
  importsIn,
  importsOf,
  listFiles,
  readText,
  withoutComments,
} from './rig/source-files.ts';

const PROTOCOL = ['src/protocol', 'src/protocol/control', 'src/protocol/plugin'];
const BELOW_SUPERVISOR = ['src/daemon/base', 'src/daemon/store', ...PROTOCOL];
const BELOW_CONTROL = [
  'src/daemon/catalog',
  'src/daemon/runs',
  'src/daemon/logs',
  'src/daemon/data',
  'src/daemon/supervisor',
  ...BELOW_SUPERVISOR,
];

const UPGRADE = 'src/daemon/upgrade';
const INSTALL = 'src/daemon/install';
const TASKS = 'src/daemon/tasks';
/** Tasks, and what has them begun: by the clock, and by a name. */
const AUTOMATION = [TASKS, 'src/daemon/schedules', 'src/daemon/quick-actions'];
const METRICS = 'src/daemon/metrics';
const HOST = 'src/daemon/metrics/host';
const CONTROL = ['src/daemon/control', 'src/daemon/control/handlers', METRICS, HOST];
/** The catalogue's types, which its neighbours speak as well. */
const BESIDE_CATALOG = ['src/daemon/catalog/settings.ts', ...BELOW_SUPERVISOR];
const CLIENT = ['src/client', ...PROTOCOL];
const CLI = [
  'src/cli',
  'src/cli/commands',
  'src/cli/completion',
  'src/cli/output',
  'src/cli/tasks',
  ...CLIENT,
];

/** Searching as in less: of all that is shown whole. */
const SEARCH = 'src/cli/tui/screens/output-search.ts';
const TUI_SCREENS = ['list', 'detail', 'logs', 'crashes', 'events', 'tasks'].map(
  (name) => `src/cli/tui/screens/${name}`,
);

const DOCTOR = [
  'src/doctor',
  'src/daemon/base',
  'src/daemon/store',
  'src/daemon/catalog',
  'src/daemon/upgrade/kernel-calls.ts',
  'src/daemon/control/access-rules.ts',
  ...PROTOCOL,
];

/** The HTTP module: a plugin like others, which imports nothing of torud. */
const WEB = ['api', 'api/follow', 'api/routes', 'api/socket', 'command', 'forward', 'login', 'server'];
const WEB_SERVER = [
  'plugins/sdk',
  'plugins/web',
  'plugins/web/api',
  'plugins/web/api/follow',
  'plugins/web/api/schemas',
  'plugins/web/forward',
  'plugins/web/login',
  'plugins/web/server',
  ...CLIENT,
];

/** The console: types of the protocol, and how the terminal words things. It runs in browsers: no more of toru can be in it. */
const CONSOLE = 'plugins/web/console';
const CONSOLE_TEXTS = [
  'src/cli/actor-text.ts',
  'src/cli/crash-facts.ts',
  'src/cli/duration.ts',
  'src/cli/output/sanitise.ts',
  'src/cli/output/sizes.ts',
  'src/cli/run-text.ts',
  'src/cli/secrets.ts',
  'src/cli/shell-words.ts',
  'src/cli/status-block.ts',
  'src/cli/tasks/task-words.ts',
  'src/cli/tui/coarse-time.ts',
  'src/cli/tui/screens/list/last-text.ts',
  'src/cli/tui/screens/list/list-order.ts',
  ...PROTOCOL,
];
const CONSOLE_SHARED = ['api', 'live', 'parts', 'session'].map((part) => `${CONSOLE}/${part}`);
const CONSOLE_PAGES = [
  'crashes',
  'logs',
  'plugin',
  'plugins',
  'sign-in',
  'system',
  'tasks',
  'users',
  'view',
].map((page) => `${CONSOLE}/pages/${page}`);
const CONSOLE_BESIDE = [
  ...['actions', 'frame', 'log', 'look'].map((part) => `${CONSOLE}/${part}`),
  // Two parts of a plugin's page that others show as well.
  `${CONSOLE}/pages/plugin/crash-columns.tsx`,
  `${CONSOLE}/pages/plugin/unknown-plugin.tsx`,
];

/** Which folders, or single files, a folder may import from, beside itself. A folder without a row here is an error. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/protocol': PROTOCOL,
  'src/protocol/control': PROTOCOL,
  'src/protocol/plugin': PROTOCOL,
  'src/daemon/base': PROTOCOL,
  'src/daemon/store': ['src/daemon/base', ...PROTOCOL],
  'src/daemon/catalog': BELOW_SUPERVISOR,
  'src/daemon/runs': BESIDE_CATALOG,
  'src/daemon/logs': BESIDE_CATALOG,
  'src/daemon/data': BESIDE_CATALOG,
  'src/daemon/install': ['src/daemon/catalog', ...BELOW_SUPERVISOR],
  'src/daemon/supervisor': BELOW_CONTROL,
  'src/daemon/metrics': ['src/daemon/supervisor', HOST, ...BELOW_SUPERVISOR],
  [HOST]: ['src/daemon/base', ...PROTOCOL],
  'src/daemon/control': [...CONTROL, ...BELOW_CONTROL],
  [TASKS]: [
    'src/daemon/runs',
    'src/daemon/catalog/file-identity.ts',
    'src/daemon/catalog/program-finder.ts',
    'src/daemon/supervisor/actor-text.ts',
    'src/daemon/supervisor/state-writer.ts',
    ...BELOW_SUPERVISOR,
  ],
  'src/daemon/schedules': [
    'src/daemon/tasks/contract.ts',
    'src/daemon/base',
    'src/daemon/store',
    ...PROTOCOL,
  ],
  'src/daemon/quick-actions': [
    'src/daemon/tasks/contract.ts',
    'src/daemon/base',
    'src/daemon/store',
    ...PROTOCOL,
  ],
  'src/daemon/control/handlers': [...AUTOMATION, INSTALL, ...CONTROL, ...BELOW_CONTROL],
  'src/daemon/service': ['src/daemon/base', ...PROTOCOL],
  'src/daemon/upgrade': ['src/daemon/base', 'src/daemon/store', ...PROTOCOL],
  'src/daemon': [
    ...AUTOMATION,
    'src/daemon/modules',
    'src/daemon/service',
    UPGRADE,
    INSTALL,
    ...CONTROL,
    ...BELOW_CONTROL,
  ],
  'src/daemon/modules': [...AUTOMATION, 'src/daemon', INSTALL, ...CONTROL, ...BELOW_CONTROL],
  'src/client': PROTOCOL,
  'src/conformance': [
    'src/daemon/base',
    'src/daemon/store',
    'src/daemon/catalog',
    'src/daemon/runs',
    'src/daemon/data',
    'src/daemon/install',
    ...PROTOCOL,
  ],
  'src/cli': CLI,
  'src/cli/commands': ['src/cli/tui/main.ts', ...CLI],
  'src/cli/tui': ['src/cli/tui/screens', ...TUI_SCREENS, ...CLI],
  'src/cli/tui/screens': ['src/cli/tui', ...CLI],
  // No screen knows another one: doors.ts does.
  ...Object.fromEntries(TUI_SCREENS.map((folder) => [folder, ['src/cli/tui', SEARCH, ...CLI]])),
  'src/cli/completion': CLI,
  'src/cli/output': CLI,
  'src/cli/tasks': CLI,
  'src/doctor': ['src/doctor/checks', 'src/doctor/archive', ...DOCTOR],
  'src/doctor/checks': DOCTOR,
  'src/doctor/archive': DOCTOR,
  'plugins/sdk': PROTOCOL,
  'plugins/hello': ['plugins/sdk'],
  'plugins/web': ['plugins/sdk', ...WEB.map((part) => `plugins/web/${part}`), ...CLIENT],
  'plugins/web/login': ['src/cli/output/sanitise.ts', ...PROTOCOL],
  'plugins/web/forward': ['plugins/sdk', ...PROTOCOL],
  'plugins/web/server': WEB_SERVER,
  'plugins/web/api': WEB_SERVER,
  'plugins/web/api/follow': ['plugins/web/server', ...PROTOCOL],
  'plugins/web/api/schemas': ['plugins/web/login', ...PROTOCOL],
  'plugins/web/api/routes': [
    'plugins/web/api/follow',
    'plugins/web/api/schemas',
    'plugins/web/api/socket',
    ...WEB_SERVER,
  ],
  'plugins/web/api/socket': ['plugins/web/api/follow', 'plugins/web/api/schemas', ...WEB_SERVER],
  'plugins/web/command': [
    'plugins/web/login',
    'src/cli/output/sanitise.ts',
    'src/cli/output/sink.ts',
    ...PROTOCOL,
  ],
  [CONSOLE]: [
    `${CONSOLE}/frame`,
    `${CONSOLE}/look`,
    `${CONSOLE}/pages/sign-in`,
    ...CONSOLE_SHARED,
    ...CONSOLE_TEXTS,
  ],
  [`${CONSOLE}/api`]: [`${CONSOLE}/session`, ...CONSOLE_TEXTS],
  [`${CONSOLE}/session`]: [`${CONSOLE}/api`, ...PROTOCOL],
  [`${CONSOLE}/live`]: [`${CONSOLE}/api`, `${CONSOLE}/session`, ...CONSOLE_TEXTS],
  [`${CONSOLE}/parts`]: [`${CONSOLE}/api`, ...CONSOLE_TEXTS],
  [`${CONSOLE}/actions`]: [...CONSOLE_SHARED, ...CONSOLE_TEXTS],
  [`${CONSOLE}/log`]: [...CONSOLE_SHARED, ...CONSOLE_TEXTS],
  [`${CONSOLE}/frame`]: [...CONSOLE_PAGES, ...CONSOLE_SHARED, ...CONSOLE_TEXTS],
  ...Object.fromEntries(
    CONSOLE_PAGES.map((page) => [page, [...CONSOLE_BESIDE, ...CONSOLE_SHARED, ...CONSOLE_TEXTS]]),
  ),
};

/** Where a package may be imported: a file, or a folder with all below it. A package that has no row is an error. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  'node-ipc': ['src/daemon/control/ipc-server.ts'],
  'node:sqlite': ['src/daemon/store/database.ts', 'plugins/web/login/database.ts'],
  winston: ['src/daemon/base/winston-log.ts'],
  'winston-transport': ['src/daemon/base/winston-log.ts'],
  koffi: [
    'src/daemon/control/peer-credentials.ts',
    'src/daemon/service/notify-sender.ts',
    'src/daemon/upgrade/kernel-calls.ts',
  ],
  chokidar: ['src/daemon/catalog/folder-watch.ts'],
  'reflect-metadata': ['src/daemon/compose.ts', 'src/daemon/main.ts'],
  tsyringe: ['src/daemon'],
  zod: ['src/daemon', 'plugins/web/api'],
  hono: ['plugins/web/server/app.ts'],
  '@hono/node-server': ['plugins/web/module.ts', 'plugins/web/server/app.ts'],
  undici: ['plugins/web/forward'],
  'smol-toml': ['src/daemon'],
  semver: ['src/daemon'],
  croner: ['src/daemon/base/cron-times.ts'],
  commander: ['src/cli'],
  ink: ['src/cli/tui/ink-screen.ts', 'src/cli/tui/keys.ts'],
  react: ['src/cli/tui/ink-screen.ts', 'plugins/web/console'],
  'react-dom': ['plugins/web/console/main.tsx'],
  wouter: ['plugins/web/console'],
  swr: ['plugins/web/console'],
  uplot: ['plugins/web/console'],
};

/** The files that are programs: they alone end the process. */
const MAINS = new Set(['src/daemon/main.ts', 'src/cli/main.ts', 'src/cli/full.ts']);

const sources = [...listFiles('src'), ...listFiles('plugins')].filter((path) => /\.tsx?$/.test(path));
const code = [...sources, ...['native', 'scripts', 'test', 'bench'].flatMap(listFiles)].filter((path) =>
  /\.(tsx?|mjs|c|h|sh|py)$/.test(path),
);

test('each folder imports only from the folders that its row allows', () => {
  const faults: string[] = [];
  for (const path of sources) {
    const folder = dirname(path);
    const allowed = MAY_IMPORT[folder];
    if (allowed === undefined) faults.push(`${folder} has no row`);
    for (const { target, isPackage } of importsOf(path)) {
      const from = dirname(target);
      if (isPackage || from === folder) continue;
      if (!allowed?.includes(from) && !allowed?.includes(target)) faults.push(`${path} imports ${target}`);
    }
  }
  expect(faults).toEqual([]);
});

test('each package is imported only where its row allows', () => {
  const faults: string[] = [];
  for (const path of sources) {
    for (const { target, isPackage } of importsOf(path)) {
      const isFreeBuiltIn = target.startsWith('node:') && PACKAGE_HOMES[target] === undefined;
      if (!isPackage || isFreeBuiltIn) continue;
      const homes = PACKAGE_HOMES[target] ?? [];
      if (!homes.some((home) => path === home || path.startsWith(`${home}/`)))
        faults.push(`${path} imports ${target}`);
    }
  }
  expect(faults).toEqual([]);
});

test('built-ins are imported with node:', () => {
  const faults = sources.filter((path) =>
    importsOf(path).some((one) => /^(fs|net|path|os|child_process)$/.test(one.target)),
  );
  expect(faults).toEqual([]);
});

test('the container of tsyringe is touched in the composition root alone', () => {
  const faults = sources.filter((path) =>
    importsOf(path).some((one) => one.target === 'tsyringe' && /\b(container|\*)/.test(one.names)),
  );
  expect(faults.filter((path) => path !== 'src/daemon/compose.ts')).toEqual([]);
});

test('only programs end the process', () => {
  const faults = sources.filter(
    (path) =>
      !MAINS.has(path) &&
      path.startsWith('src/') &&
      /\bprocess\.(exit|abort|reallyExit)\(/.test(codeOf(path)),
  );
  expect(faults).toEqual([]);
});

test('the scanner sees every form of import, and none in comments', () => {
  const text = [
    "import 'reflect-metadata';",
    "import type { A,\n  B } from '../base/clock.ts';",
    "export * from './one.ts';",
    "const later = () => import('zod');",
    "const old = require('node:net');",
    "// import x from 'comment';",
    "/* import x from 'block'; */",
    "const text = `import x from 'template'`;",
  ].join('\n');
  const targets = importsIn(text, 'src/daemon/store/x.ts').map((one) => one.target);
  expect(targets.sort()).toEqual(
    ['node:net', 'reflect-metadata', 'src/daemon/base/clock.ts', 'src/daemon/store/one.ts', 'zod'].sort(),
  );
});

test('no file is longer than 400 lines, and most are far shorter', () => {
  expect(code.filter((path) => countLines(path) > 400)).toEqual([]);
  const lengths = sources.map(countLines).sort((one, other) => one - other);
  expect(lengths[Math.floor(lengths.length * 0.9)]).toBeLessThanOrEqual(300);
  expect(lengths[Math.floor(lengths.length * 0.5)]).toBeLessThanOrEqual(150);
});

test('files and folders are named for what they are', () => {
  const vague = /^(utils?|helpers?|common|misc|managers?|types)$/;
  const faults = code.filter((path) => path.split('/').some((word) => vague.test(word.replace(/\..*$/, ''))));
  expect(faults).toEqual([]);
  const badlyCased = sources.filter((path) => !/^[a-z0-9-]+(\.d)?\.tsx?$/.test(basename(path)));
  expect(badlyCased).toEqual([]);
});

test('the launchers are small, executable, and call no program but readlink', () => {
  for (const path of ['bin/toru', 'bin/torud', 'bin/toru-web']) {
    expect(countLines(path)).toBeLessThanOrEqual(30);
    expect(statSync(join(CHECKOUT, path)).mode & 0o111).toBe(0o111);
    expect(readText(path)).not.toMatch(/\b(dirname|basename|realpath|sed|awk|grep|cat|env|uname)\b/);
  }
});

test('no text names a machine, a person or a package registry', () => {
  const text = /\.(ts|mts|mjs|js|json|md|sh|c|h|py|toml|yml|[1-8])$|^(bin|plugins)\/|^\.[a-z]/;
  const forbidden = [
    '(?<![\\w.])/work/',
    '/root/',
    '/home/[a-z]',
    '/Users/',
    'registry\\.[a-z]+\\.[a-z]',
    'npmjs\\.(org|com)',
  ];
  const pattern = new RegExp(forbidden.join('|'));
  const faults = listFiles('.')
    .filter((path) => text.test(path) && path !== 'test/architecture.test.ts')
    .flatMap((path) => {
      const match = pattern.exec(readText(path));
      return match === null ? [] : [`${path}: ${match[0]}`];
    });
  expect(faults).toEqual([]);
});

test('the version is the same everywhere', () => {
  expect(JSON.parse(readText('package.json')).version).toBe(VERSION);
  expect(JSON.parse(readText('package-lock.json')).version).toBe(VERSION);
});

function codeOf(path: string): string {
  return withoutComments(readText(path));
}
