/** Refusals of the HTTP module: all are problem details, also those of what is hardly HTTP; and its OpenAPI document is one. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDocument } from '../../plugins/web/api/openapi.ts';
import { ROUTES } from '../../plugins/web/api/routes/all.ts';
import { ERROR_KINDS } from '../../src/protocol/errors.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { RawHttp } from '../rig/raw-http.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '' });
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

interface Problem {
  readonly status: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends bytes, and reads the one answer that comes. */
async function problemTo(bytes: string): Promise<Problem> {
  const socket = connect(rig.port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return {
    status: Number(head.slice(9, 12)),
    type: /^content-type: (.*)$/im.exec(head)?.[1] ?? '',
    body: JSON.parse(body || '{}'),
  };
}

function asked(line: string, ...fields: readonly string[]): string {
  const cookie = `Cookie: ${admin.headers.cookie}\r\nX-CSRF-Token: ${admin.headers['x-csrf-token']}`;
  return [`${line} HTTP/1.1`, 'Host: x', cookie, 'Connection: close', ...fields, '', ''].join('\r\n');
}

const JSON_BODY = 'Content-Type: application/json';

const REFUSED: readonly (readonly [what: string, status: number, bytes: () => string])[] = [
  ['no such page', 404, () => asked('GET /nothing')],
  ['no such route', 404, () => asked('GET /api/nothing')],
  ['no such plugin', 404, () => asked('GET /api/plugins/none/x')],
  ['another method', 405, () => asked('PATCH /api/users')],
  ['a body that is too long', 413, () => asked('POST /api/users', JSON_BODY, 'Content-Length: 99999999')],
  ['another type of body', 415, () => `${asked('POST /api/users', 'Content-Length: 3')}a=b`],
  ['a head that is too long', 431, () => asked('GET /api/health', `X-Long: ${'a'.repeat(20_000)}`)],
  ['no HTTP', 400, () => 'HELLO\r\n\r\n'],
  ['a dot segment', 400, () => asked('GET /api/../etc/passwd')],
  ['a wrong escape', 400, () => asked('GET /api/plugins/%zz')],
  ['a query that nobody knows', 400, () => asked('GET /api/plugins?what=ever')],
  ['no host', 400, () => 'GET /api/health HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['two hosts', 400, () => asked('GET /api/health', 'Host: y')],
  ['a host that is none', 400, () => 'GET /api/plugins HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
  ['an asterisk', 400, () => asked('OPTIONS *')],
  ['an unknown expectation', 417, () => asked('GET /api/health', 'Expect: foo')],
  ['events behind what is no id', 400, () => asked('GET /api/events', 'Last-Event-ID: x')],
  [
    'a log behind what is no id',
    400,
    () => asked('GET /api/plugins/sleeper/logs?follow=true', 'Last-Event-ID: x'),
  ],
  ['logs behind what is no id', 400, () => asked('GET /api/logs?follow=true', 'Last-Event-ID: x')],
  ['no login', 401, () => 'GET /api/plugins HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
];

test.each(REFUSED)('%s is a problem document with status %d', async (_what, status, bytes) => {
  const problem = await problemTo(bytes());
  expect([problem.status, problem.type]).toEqual([status, 'application/problem+json']);
  expect(problem.body).toMatchObject({
    type: 'about:blank',
    status,
    title: expect.any(String),
    detail: expect.any(String),
    code: expect.toSatisfy((code: string) => Object.hasOwn(ERROR_KINDS, code)),
  });
});

const SERVED: readonly (readonly [what: string, bytes: string])[] = [
  ['HTTP/1.0 without a host', 'GET /api/health HTTP/1.0\r\n\r\n'],
  ['the absolute form', 'GET http://x:1/api/health HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n'],
  [
    'an offer of h2c',
    'GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n' +
      'GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  ],
];

test.each(SERVED)('%s is served', async (_what, bytes) => {
  using client = await RawHttp.open(rig.port, bytes);
  await client.closed;
  expect(client.text).toMatch(/^HTTP\/1\.1 200 /);
});

test('a body behind an offer of h2c is read', async () => {
  const body = JSON.stringify({ name: 'ann', password: 'a password of ann', role: 'view' });
  const fields = ['Upgrade: h2c', JSON_BODY, `Content-Length: ${body.length}`];
  const bytes = asked('POST /api/users', ...fields).replace(
    'Connection: close',
    'Connection: Upgrade, close',
  );
  expect(await problemTo(bytes + body)).toMatchObject({ status: 201, body: { name: 'ann' } });
});

test('only health and signing in are there without a login', () => {
  const open = ROUTES.filter(({ role }) => role === 'none').map(({ method, path }) => `${method} ${path}`);
  expect(open.sort()).toEqual(['get /health', 'post /login']);
});

test('every path of the document but those two refuses whoever is not signed in, whatever the method', async () => {
  const paths = [...new Set(ROUTES.filter(({ role }) => role !== 'none').map(({ path }) => path))];
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await rig.call(method, `/api${path.replace(/:(\w+)/g, 'x')}`);
      expect([method, path, answer.status, answer.json.code]).toEqual([method, path, 401, 'denied']);
    }
  }
});

type Json = { readonly [key: string]: unknown };
const HTTP_METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** All objects in a document, with the path to each. */
function* objectsIn(value: unknown, at = '#'): Generator<readonly [string, Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Json];
  for (const [key, inner] of Object.entries(value)) yield* objectsIn(inner, `${at}/${key}`);
}

describe('the OpenAPI document', () => {
  const document = makeDocument(ROUTES) as Json & { readonly paths: Readonly<Record<string, Json>> };
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation: operation as Json })),
  );

  test('has what OpenAPI 3.1 asks for at its top', () => {
    expect(document).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d+$/),
      info: { title: expect.any(String), version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      servers: [{ url: '/' }],
      components: { securitySchemes: { cookie: { type: 'apiKey' }, token: { type: 'http' } } },
    });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  test('every reference in it leads somewhere', () => {
    for (const [at, { $ref }] of objectsIn(document)) {
      if (typeof $ref !== 'string') continue;
      let found: unknown = document;
      for (const key of $ref.slice(2).split('/')) found = (found as Json | undefined)?.[key];
      expect([at, $ref, typeof found]).toEqual([at, $ref, 'object']);
    }
  });

  test('operations have ids of their own, methods of HTTP, and a word on each answer', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ROUTES.length);
    for (const { path, method, operation } of operations) {
      expect(HTTP_METHODS).toContain(method);
      expect([path, operation.summary]).toEqual([path, expect.stringMatching(/\S/)]);
      const responses = Object.entries(operation.responses as Readonly<Record<string, Json>>);
      expect(responses.some(([status]) => /^[123]/.test(status))).toBe(true);
      for (const [status, response] of responses) {
        expect(status).toMatch(/^[1-5]\d\d$/);
        expect([path, status, response.description]).toEqual([path, status, expect.stringMatching(/\S/)]);
        if (Number(status) < 400) continue;
        expect(Object.keys(response.content as Json)).toEqual(['application/problem+json']);
      }
    }
  });

  test('parameters of a path are those in its braces, each required, none twice', () => {
    for (const { path, operation } of operations) {
      const parameters = operation.parameters as readonly Json[];
      const names = parameters.map(({ name, in: place }) => `${place} ${name}`);
      expect(new Set(names).size).toBe(names.length);
      const inPath = parameters.filter(({ in: place }) => place === 'path');
      expect(inPath.every(({ required }) => required === true)).toBe(true);
      const braces = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([path, inPath.map(({ name }) => name).sort()]).toEqual([path, braces.sort()]);
      for (const parameter of parameters) expect(parameter.schema).toBeTypeOf('object');
    }
  });

  test('what needs a login says so, with 401 and 403; a body has its own refusals', () => {
    for (const { path, operation } of operations) {
      const statuses = Object.keys(operation.responses as Json);
      const isOpen = JSON.stringify(operation.security) === '[]';
      expect([path, isOpen]).toEqual([path, ['/api/health', '/api/login'].includes(path)]);
      if (!isOpen) expect([path, statuses]).toEqual([path, expect.arrayContaining(['401', '403'])]);
      if (operation.requestBody !== undefined)
        expect([path, statuses]).toEqual([path, expect.arrayContaining(['400', '408', '413', '415'])]);
    }
  });
});
