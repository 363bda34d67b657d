/**
 * The console: files that were built and compressed beforehand, known by their exact names, so that no path can lead
 * elsewhere. For everybody: there is nothing in them that the package does not tell as well.
 */

import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errnoOf } from '../../../src/protocol/result.ts';
import { type Coding, chooseCoding } from './content-coding.ts';
import { typeOf } from './content-type.ts';
import { isKnownTag } from './entity-tag.ts';
import type { Incoming, Outgoing } from './http-types.ts';
import { pathFault } from './path-fault.ts';
import { setConsoleHeaders } from './safe-headers.ts';

/** Endings of the compressed forms that stand beside a file. */
const ENDINGS = { br: '.br', gzip: '.gz', identity: '' } as const satisfies Record<Coding, string>;
const INDEX = '/index.html';
const NOT_FOUND = '/not-found.html';
/** Their names change with their content. */
const HASHED = '/assets/';
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Addresses that are pages of the console; what the names in them stand for, it finds out itself. */
const PAGE = /^\/(plugins(\/[^/]+){0,3}|(crashes|tasks)(\/[^/]+)?|logs|system|users|sign-in)?$/;
/** The API, and what plugins serve themselves. */
const ELSEWHERE = /^\/(api|p)(\/|$)/;

interface ConsoleFile {
  readonly path: string;
  readonly type: string;
  /** Of the content, the same in all forms. */
  readonly digest: string;
  readonly codings: ReadonlySet<Coding>;
}

export class ConsoleFiles {
  readonly #files: ReadonlyMap<string, ConsoleFile>;

  /** @param folder where it was built; without it there is no console */
  constructor(folder: string) {
    this.#files = new Map(filesIn(folder));
  }

  /** False: it is no request for the console, and nothing was done. */
  serve(request: Incoming, response: Outgoing): boolean {
    const { method } = request;
    const target = request.url ?? '';
    if ((method !== 'GET' && method !== 'HEAD') || pathFault(target) !== undefined) return false;
    const path = target.split('?')[0] ?? '';
    if (ELSEWHERE.test(path)) return false;
    const file = path.startsWith(HASHED) ? this.#files.get(path) : undefined;
    const accept = request.headers.accept ?? '*/*';
    const isPage = PAGE.test(path);
    // A page of ours is for whoever takes anything as well, as curl(1) does; what is not there is told to browsers as a page.
    const wantsPage = /\btext\/html\b/.test(accept) || (isPage && accept.includes('*/*'));
    if (file === undefined && !wantsPage) return false;
    const shown = file ?? this.#files.get(isPage ? INDEX : NOT_FOUND);
    if (shown === undefined) return false;
    response.statusCode = file === undefined && !isPage ? 404 : 200;
    send(shown, request, response, path.startsWith(HASHED) && file !== undefined).catch(() =>
      response.destroy(),
    );
    return true;
  }
}

async function send(
  { path, type, digest, codings }: ConsoleFile,
  request: Incoming,
  response: Outgoing,
  isHashed: boolean,
): Promise<void> {
  const field = request.headers['accept-encoding'];
  const coding = chooseCoding(Array.isArray(field) ? field.join(',') : field, codings);
  const etag = `"${digest}${ENDINGS[coding]}"`;
  setConsoleHeaders(response);
  response.setHeader('cache-control', isHashed ? IMMUTABLE : 'no-cache');
  response.setHeader('etag', etag);
  response.setHeader('vary', 'accept-encoding');
  if (response.statusCode === 200 && isKnownTag(request.headers['if-none-match'], etag)) {
    response.statusCode = 304;
    response.end();
    return;
  }
  const source = `${path}${ENDINGS[coding]}`;
  try {
    response.setHeader('content-length', statSync(source).size);
    response.setHeader('content-type', type);
    if (coding !== 'identity') response.setHeader('content-encoding', coding);
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(source), response as NodeJS.WritableStream);
  } catch (thrown) {
    // The client has left, or an update has just taken the file away.
    if (errnoOf(thrown) === undefined) throw thrown;
    response.destroy();
  }
}

function filesIn(folder: string): [string, ConsoleFile][] {
  const names = namesIn(folder);
  const all = new Set(names);
  return names
    .filter((name) => !/\.(br|gz)$/.test(name))
    .map((name) => {
      const path = join(folder, name);
      const digest = createHash('sha256').update(readFileSync(path)).digest('base64url').slice(0, 22);
      const codings = new Set<Coding>(
        (['br', 'gzip'] as const).filter((coding) => all.has(`${name}${ENDINGS[coding]}`)),
      );
      return [`/${name}`, { path, type: typeOf(name), digest, codings }];
    });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT' && errnoOf(thrown) !== 'ENOTDIR') throw thrown;
    return [];
  }
}
