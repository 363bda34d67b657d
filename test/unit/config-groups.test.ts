/** `[groups]` of torud.toml and the setting `groups`: what is taken, what is said of the rest, who is in which. */

import { expect, test } from 'vitest';
import { readConfig } from '../../src/daemon/base/config.ts';
import { parseToml } from '../../src/daemon/base/toml-document.ts';
import { PluginGroups } from '../../src/daemon/catalog/plugin-groups.ts';
import type { CatalogEntry } from '../../src/daemon/catalog/settings.ts';

function read(toml: string) {
  const document = parseToml(toml, '/etc/toru/torud.toml', 'torud.toml');
  if (!document.ok) throw new Error(document.failure.message);
  return readConfig(document.value);
}

test('groups hold ids and patterns', () => {
  const config = read('[groups]\nweb = ["web-*", "gateway"]\nnone = []\n');
  expect(config).toMatchObject({ ok: true, value: { groups: { web: ['web-*', 'gateway'], none: [] } } });
});

test.each([
  ['[groups]\n\nWeb = ["a"]', 'torud.toml line 3: "Web" in [groups] is no name of a group'],
  ['[groups]\nweb = "a"', 'torud.toml line 2: "web" in [groups] must be a list'],
  [
    '[groups]\nweb = ["@db"]',
    'torud.toml line 2: "web" in [groups] must be a list of which each must be an id',
  ],
  ['groups = 3', 'torud.toml line 1: "groups" must be a table'],
  ['[group]\nweb = []', 'did you mean [groups]?'],
])('%j is refused with its line', (toml, message) => {
  const config = read(toml);
  expect(config.ok ? '' : config.failure.message).toContain(message);
});

test('a plugin is in the groups of both sources, sorted; one that is gone in those of torud.toml', () => {
  const entry = { id: 'web-1', settings: { groups: ['edge', 'web'] } } as unknown as CatalogEntry;
  let declared: Readonly<Record<string, readonly string[]>> = { web: ['web-*'], a: ['web-1'] };
  const groups = new PluginGroups({
    declared: () => declared,
    entries: () => [entry],
    get: (id) => (id === 'web-1' ? entry : undefined),
  });
  expect(groups.of('web-1')).toEqual(['a', 'edge', 'web']);
  expect(groups.of('web-9')).toEqual(['web']);
  expect(groups.names()).toEqual(['a', 'edge', 'web']);
  declared = {};
  expect([groups.names(), groups.has('web', 'web-9')]).toEqual([['edge', 'web'], false]);
});
