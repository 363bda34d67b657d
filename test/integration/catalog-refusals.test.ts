import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ScratchCatalog } from '../fixtures/catalog/scratch-catalog.ts';

const isRoot = process.getuid?.() === 0;

/** Scans a folder with one plugin `web` whose plugin.json is this text, and gives the reason why it is refused. */
async function reasonFor(manifest: string | Uint8Array): Promise<string | undefined> {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  scratch.put('web/plugin.json', manifest);
  await scratch.catalog.scan();
  expect(scratch.ids()).toEqual([]);
  return scratch.reasons().web;
}

function manifest(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ id: 'web', name: 'Web', version: '1.0.0', ...fields }, null, 2);
}

const AT = 'plugins/web/plugin.json';

test.each<[string, string | Uint8Array, string]>([
  ['not JSON', '{\n  "id": "web",\n  name: 1\n}', `${AT} line 3: not JSON: expected a key in double quotes`],
  ['a comma too many', '{\n  "id": "web",\n}', `${AT} line 3: not JSON: expected a key in double quotes`],
  ['cut off', '{\n  "id": "web",\n  "name": [1, 2', `${AT} line 3: not JSON: it ends too early`],
  ['empty', '', `${AT}: is empty`],
  ['no object', '[]', `${AT}: must be one JSON object, not []`],
  ['null', 'null', `${AT}: must be one JSON object, not null`],
  ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), `${AT}: is not UTF-8 text`],
  ['missing fields', '{"version":"1.0.0"}', `${AT}: "id", "name" are missing`],
  ['a missing field', '{"id":"web","name":"Web"}', `${AT}: "version" is missing`],
  [
    'a bad id',
    manifest({ id: 'Web Server' }),
    `${AT} line 2: "id" must be 1 to 64 of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit, not "Web Server"`,
  ],
  [
    'an id that leaves the folder',
    manifest({ id: '../x' }),
    `${AT} line 2: "id" must be 1 to 64 of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit, not "../x"`,
  ],
  ['no semver', manifest({ version: '1.x' }), `${AT} line 4: "version" must be semver, not "1.x"`],
  [
    'a version with a v',
    manifest({ version: 'v1.0.0' }),
    `${AT} line 4: "version" must be semver, not "v1.0.0"`,
  ],
  [
    'a wrong type',
    manifest({ name: 5 }),
    `${AT} line 3: "name" must be one line of 1 to 128 characters without control characters, not 5`,
  ],
  [
    'protocol zero',
    manifest({ protocol: 0 }),
    `${AT} line 5: "protocol" must be a whole number from 1, not 0`,
  ],
  [
    'an unknown transport',
    manifest({ transport: 'tcp' }),
    `${AT} line 5: "transport" must be "socket", "stdio" or "none", not "tcp"`,
  ],
  [
    'an unknown runtime',
    manifest({ runtime: 'jvm' }),
    `${AT} line 5: "runtime" must be "process", "wasm" or "library", not "jvm"`,
  ],
  [
    'a runtime to come',
    manifest({ runtime: 'wasm' }),
    `${AT} line 5: "runtime" must be "process": this torud runs no other runtime yet, not "wasm"`,
  ],
  [
    'a wrong route',
    manifest({ route: 'weather' }),
    `${AT} line 5: "route" must be a path prefix like "/weather", not "weather"`,
  ],
  [
    'a route that climbs',
    manifest({ route: '/a/../b' }),
    `${AT} line 5: "route" must be a path prefix like "/weather", not "/a/../b"`,
  ],
  [
    'a wrong http_socket',
    manifest({ http_socket: 'yes' }),
    `${AT} line 5: "http_socket" must be true or false, not "yes"`,
  ],
  [
    'a bundle outside',
    manifest({ bundle: '../bundle.js' }),
    `${AT} line 5: "bundle" must be the name of a file in the plugin's folder, not "../bundle.js"`,
  ],
  [
    'an empty command',
    manifest({ command: [] }),
    `${AT} line 5: "command" must be a list of 1 to 256 values, not []`,
  ],
  [
    'a command as text',
    manifest({ command: './web' }),
    `${AT} line 5: "command" must be a list of 1 to 256 values, not "./web"`,
  ],
  [
    'a misspelt setting',
    manifest({ restart: { policy: 'always', delay_ms: [1] } }),
    `${AT} line 7: unknown key "delay_ms" in "restart"; did you mean "delays_ms"?`,
  ],
  [
    'a wrong setting',
    manifest({ health: { interval: 'soon' } }),
    `${AT} line 6: "interval" in "health" must be a number of seconds, or text like "500ms", "30s", "5min", "1h" or "7d", not "soon"`,
  ],
  ['settings that are no object', manifest({ log: 5 }), `${AT} line 5: "log" must be an object, not 5`],
  [
    'nested without end',
    `{"api":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    `${AT} line 1: nested deeper than 100 levels`,
  ],
  ['too long', `{"id":"web","x":"${'x'.repeat(64 * 1024)}"}`, `${AT} is longer than 64 KiB`],
])('plugin.json that is refused: %s', async (_, text, reason) => {
  expect(await reasonFor(text)).toBe(reason);
});

test('a refusal carries the id when the document has a good one', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('folder-name', { id: 'real-id', version: 'one' });
  await scratch.catalog.scan();
  expect(scratch.catalog.refusals()).toMatchObject([{ id: 'real-id', path: scratch.at('folder-name') }]);
});

test('unknown keys of a manifest are left alone', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web', { 'x-author-tool': { a: 1 }, future: [1], kv: 'not ours' });
  await scratch.catalog.scan();
  expect(scratch.ids()).toEqual(['web']);
});

test('files that others can change are refused, and what is not executable', async () => {
  const scratch = new ScratchCatalog();
  for (const name of ['program', 'folder', 'manifest', 'mode', 'inner']) scratch.putPlugin(name);
  chmodSync(scratch.at('program/program'), 0o777);
  chmodSync(scratch.at('folder'), 0o777);
  chmodSync(scratch.at('manifest/plugin.json'), 0o666);
  chmodSync(scratch.at('mode/mode'), 0o644);
  scratch.putPlugin('inner', { command: ['bin/run'] });
  scratch.put('inner/bin/run', '#!/bin/sh\n', 0o755);
  chmodSync(scratch.at('inner/bin'), 0o777);
  scratch.put('readme.txt', 'a text that lies about');
  await scratch.catalog.scan();
  expect(scratch.reasons()).toEqual({
    folder: 'plugins/folder is writable by everybody (mode 0777); take that away with chmod o-w',
    inner: 'plugins/inner/bin is writable by everybody (mode 0777); take that away with chmod o-w',
    manifest:
      'plugins/manifest/plugin.json is writable by everybody (mode 0666); take that away with chmod o-w',
    mode: 'plugins/mode/mode is not executable; make it so with chmod +x',
    program: 'plugins/program/program is writable by everybody (mode 0777); take that away with chmod o-w',
    'readme.txt': 'plugins/readme.txt is not executable; make it so with chmod +x',
  });
  chmodSync(scratch.at('mode/mode'), 0o755);
  chmodSync(scratch.at('folder'), 0o755);
  expect((await scratch.catalog.scan()).added).toEqual(['folder', 'mode']);
});

test('nothing is taken from a plugin folder that everybody can write to, unless it is sticky', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  chmodSync(scratch.at(), 0o777);
  await scratch.catalog.scan();
  expect(scratch.reasons().web).toMatch(/\/plugins is writable by everybody \(mode 0777\)/);
  chmodSync(scratch.at(), 0o1777);
  expect((await scratch.catalog.scan()).added).toEqual(['web']);
});

test.runIf(isRoot)(
  'what belongs to somebody else is refused: program, folder, plugin.json, link',
  async () => {
    const scratch = new ScratchCatalog();
    for (const name of ['program', 'folder', 'manifest']) scratch.putPlugin(name);
    chownSync(scratch.at('program/program'), 4242, 4242);
    chownSync(scratch.at('folder'), 4242, 4242);
    chownSync(scratch.at('manifest/plugin.json'), 4242, 4242);
    await scratch.catalog.scan();
    const must = 'belongs to uid 4242; it must belong to root';
    expect(scratch.reasons()).toEqual({
      folder: `plugins/folder ${must}`,
      manifest: `plugins/manifest/plugin.json ${must}`,
      program: `plugins/program/program ${must}`,
    });
  },
);

test('a program that leads out of its folder, pipes, sockets and empty folders are refused', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  mkdirSync(scratch.at('empty'));
  execFileSync('mkfifo', [scratch.at('pipe'), scratch.at('web/plugin.json.fifo')]);
  mkdirSync(scratch.at('held'));
  execFileSync('mkfifo', [scratch.at('held/plugin.json')]);
  const server = createServer().listen(scratch.at('socket'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  await scratch.catalog.scan();
  expect(scratch.reasons()).toEqual({
    empty:
      'plugins/empty has no program: none named "empty" or "plugin", and no executable file at all; name it by "command" in plugin.json',
    held: 'plugins/held/plugin.json is not a regular file',
    pipe: 'plugins/pipe is neither a folder nor a regular file',
    socket: 'plugins/socket is neither a folder nor a regular file',
  });
});

test('an id whose socket path is too long for the kernel is refused, unless it needs no socket', async () => {
  const scratch = new ScratchCatalog();
  const id = 'x'.repeat(64);
  scratch.put('deep/deep', '#!/bin/sh\n', 0o755);
  const paths = { ...scratch.paths, pluginSocketFolder: `/run/${'long/'.repeat(12)}plugins` };
  const other = new ScratchCatalog({ paths: { ...paths, pluginFolder: scratch.paths.pluginFolder } });
  const socket = `${paths.pluginSocketFolder}/${id}.sock`;
  scratch.put('deep/plugin.json', JSON.stringify({ id, name: 'deep', version: '1.0.0' }));
  await other.catalog.scan();
  expect(other.catalog.refusals()[0]?.reason).toBe(
    `its socket path ${socket} is ${socket.length} bytes long, and the kernel takes 107; shorten the id`,
  );
  scratch.put('deep/plugin.json', JSON.stringify({ id, name: 'deep', version: '1.0.0', transport: 'none' }));
  await other.catalog.scan();
  expect(other.catalog.refusals()).toEqual([]);
});

test('each refusal is logged once, not at every scan', async () => {
  const scratch = new ScratchCatalog();
  scratch.put('notes', 'text');
  await scratch.catalog.scan();
  await scratch.catalog.scan();
  expect(scratch.log.entries.filter((entry) => entry.event === 'refused')).toHaveLength(1);
  expect(scratch.published).toHaveLength(1);
});
