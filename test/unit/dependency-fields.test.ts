/** `api.dependencies` of a metadata document: what is taken, and what is said of the rest. */

import { describe, expect, it } from 'vitest';
import { readMetadata } from '../../src/daemon/catalog/metadata-reader.ts';
import type { Dependency } from '../../src/daemon/catalog/settings.ts';

function read(dependencies: unknown): readonly Dependency[] | string {
  const document = { id: 'web', name: 'web', version: '1.0.0', api: { dependencies } };
  const bytes = new TextEncoder().encode(JSON.stringify(document, null, 2));
  const done = readMetadata(bytes, '/plugins/web/plugin.json', 'plugins/web/plugin.json');
  return done.ok ? done.value.dependencies : done.failure.reason;
}

const ANY = { plugin: 'crm', range: '*', required: true };

describe('dependencies', () => {
  it.each<[string, unknown, readonly Dependency[]]>([
    ['an id', ['crm'], [ANY]],
    ['an id and a range', ['crm@^2.0'], [{ ...ANY, range: '^2.0' }]],
    ['a range with spaces', ['crm@>=1.2 <3'], [{ ...ANY, range: '>=1.2 <3' }]],
    ['an object', [{ plugin: 'crm' }], [ANY]],
    ['a version', [{ plugin: 'crm', version: '~2.1' }], [{ ...ANY, range: '~2.1' }]],
    ['a range', [{ plugin: 'crm', range: '2.x || 3.x' }], [{ ...ANY, range: '2.x || 3.x' }]],
    ['what is not required', [{ plugin: 'crm', required: false }], [{ ...ANY, required: false }]],
    ['none', [], []],
    ['several, in their order', ['crm', 'db'], [ANY, { ...ANY, plugin: 'db' }]],
  ])('take %s', (_name, written, expected) => {
    expect(read(written)).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    ['a table', { crm: '^2.0' }, 'line 6: "api.dependencies" must be a list, not a table'],
    ['a number', [7], 'line 7: "api.dependencies[0]" must be an object or a text like "crm@^2.0", not 7'],
    ['no plugin', [{ version: '1' }], 'line 7: "api.dependencies[0]" lacks "plugin"'],
    ['a bad id', [{ plugin: '../x' }], 'line 8: "api.dependencies[0].plugin" must name a plugin by its id'],
    ['a bad short form', ['Crm@1'], 'line 7: "api.dependencies[0]" must name a plugin by its id'],
    ['an empty range', ['crm@'], '"api.dependencies[0]" must be a semver range like "^2.0", not ""'],
    [
      'a bad range',
      ['db', { plugin: 'crm', version: 'two' }],
      'line 10: "api.dependencies[1].version" must be a semver range like "^2.0", not "two"',
    ],
    ['a range that is no text', [{ plugin: 'crm', range: 2 }], 'must be a semver range like "^2.0", not 2'],
    [
      'required that is no boolean',
      [{ plugin: 'crm', required: 'yes' }],
      'line 9: "api.dependencies[0].required" must be true or false, not "yes"',
    ],
    ['both names of the range', [{ plugin: 'crm', version: '1', range: '1' }], 'say one'],
    ['an unknown key', [{ plugin: 'crm', requird: false }], 'unknown key "requird"'],
    ['itself', ['web'], 'a plugin cannot need itself'],
    ['one twice', ['crm', { plugin: 'crm', version: '^2' }], '"crm" is listed twice'],
    ['too many', Array.from({ length: 257 }, (_, index) => `p${index}`), 'has 257 entries, 256 are the most'],
  ])('refuse %s, and say where', (_name, written, expected) => {
    const reason = read(written);
    expect(reason).toContain('plugins/web/plugin.json line ');
    expect(reason).toContain(expected);
  });

  it('an api without any is none', () => {
    const document = { id: 'web', name: 'web', version: '1.0.0', api: { services: [] } };
    const done = readMetadata(new TextEncoder().encode(JSON.stringify(document)), '/x', 'x');
    expect(done.ok && done.value.dependencies).toEqual([]);
  });
});
