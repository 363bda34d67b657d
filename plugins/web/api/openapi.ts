/** The OpenAPI 3.1 document, made of the same table that requests are checked by. */

import * as z from 'zod/mini';
import { VERSION } from '../../../src/protocol/version.ts';
import { PROBLEM_TYPE } from './problem.ts';
import type { AnswerDoc, Fields, Route, Schema } from './route.ts';
import { problemSchema } from './schemas/basics.ts';

type Json = Readonly<Record<string, unknown>>;

/** What any route may answer. */
const COMMON_PROBLEMS = [400, 401, 403, 500, 503];
/** What one for everybody may answer. */
const PUBLIC_PROBLEMS = [400, 500];

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'the request is wrong',
  401: 'not signed in',
  403: 'not permitted',
  404: 'there is no such thing',
  408: 'the body came too slowly',
  409: 'not possible as things are',
  413: 'the body is too long',
  415: 'the body is not application/json',
  422: 'refused for what it says',
  426: 'this takes a WebSocket',
  429: 'too many; see Retry-After',
  500: 'a bug in toru',
  502: 'torud does not speak as this server does',
  503: 'not available now; see Retry-After',
  504: 'not done in time; it goes on',
};

export function makeDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `/api${route.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'toru',
      version: VERSION,
      description:
        'Plugins and their supervisor. Requests that change something need, with the session cookie, the field ' +
        'X-CSRF-Token with the csrfToken of the session.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ cookie: [] }, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'toru-session' },
        token: { type: 'http', scheme: 'bearer' },
      },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  };
}

function operationOf(route: Route): Json {
  const isPublic = route.role === 'none';
  const hasBody = route.body !== undefined;
  const problems = new Set([
    ...(isPublic && route.method === 'get' ? PUBLIC_PROBLEMS : COMMON_PROBLEMS),
    ...(hasBody ? [408, 413, 415] : []),
    ...(route.problems ?? []),
    ...(route.problems?.includes(503) === true ? [502, 504] : []),
  ]);
  const answers = Object.entries(route.answers).map(([status, doc]) => [status, answerOf(doc)] as const);
  const refusals = [...problems].sort().map((status) => [String(status), problemOf(status)] as const);
  return {
    operationId: route.name,
    summary: route.does,
    tags: [route.tag],
    'x-toru-role': route.role,
    ...(isPublic ? { security: [] } : {}),
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(route.body === undefined ? {} : { requestBody: bodyOf(route.body) }),
    responses: Object.fromEntries([...answers, ...refusals]),
  };
}

function parametersOf(fields: Fields | undefined, place: 'path' | 'query'): readonly Json[] {
  if (fields === undefined) return [];
  const schema = schemaOf(fields, 'input');
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries((schema.properties ?? {}) as Readonly<Record<string, unknown>>).map(
    ([name, property]) => ({
      name,
      in: place,
      required: required.includes(name),
      schema: property,
    }),
  );
}

function bodyOf(body: Schema): Json {
  const schema = schemaOf(body, 'input');
  // An absent body counts as one without any key.
  const isRequired = ((schema.required ?? []) as readonly string[]).length > 0;
  return { required: isRequired, content: { 'application/json': { schema } } };
}

function answerOf(doc: AnswerDoc): Json {
  if ('schema' in doc) {
    return {
      description: doc.does,
      content: { 'application/json': { schema: schemaOf(doc.schema, 'output') } },
    };
  }
  if ('type' in doc)
    return { description: doc.does, content: { [doc.type]: { schema: { type: 'string' } } } };
  return { description: doc.does };
}

function problemOf(status: number): Json {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description: PROBLEMS[status] ?? 'an error', content: { [PROBLEM_TYPE]: { schema } } };
}

function schemaOf(schema: Schema, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  return rest;
}
