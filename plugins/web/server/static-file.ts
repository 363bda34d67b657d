/** One file to a client: with its type, an ETag (RFC 9110, section 8.8.3), and nothing outside of its folder. */

import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errnoOf } from '../../../src/protocol/result.ts';
import type { Incoming, Outgoing } from './http-types.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** What a path may not name: files whose names begin with a dot, and the plugin's own. */
const HIDDEN = /(^|\/)\.|^plugin\.json$/;

export interface StaticFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly type: string;
}

/** The file of that name in the folder, links followed inside it alone; undefined when there is none to show. */
export async function openStatic(folder: string, name: string): Promise<StaticFile | undefined> {
  if (name === '' || name.includes('\0') || HIDDEN.test(name)) return undefined;
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, name));
    if (!path.startsWith(root + sep)) return undefined;
    // A pipe in its place must not be waited for.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const { size, mtimeMs, ino } = await handle.stat();
    if (!(await handle.stat()).isFile()) {
      await handle.close();
      return undefined;
    }
    const etag = `"${ino.toString(36)}-${size.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}"`;
    return {
      handle,
      sizeBytes: size,
      etag,
      type: TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
    };
  } catch (thrown) {
    // Not there, not ours to read, or gone meanwhile.
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}

/** Answers with the file, or with 304 to who has it; closes it. The client may leave in the middle. */
export async function sendStatic(file: StaticFile, request: Incoming, response: Outgoing): Promise<void> {
  const { handle, sizeBytes, etag, type } = file;
  try {
    response.setHeader('etag', etag);
    // Kept by the browser, and asked for each time.
    response.setHeader('cache-control', 'private, no-cache');
    if (isKnown(request.headers['if-none-match'], etag)) {
      response.statusCode = 304;
      response.end();
      return;
    }
    response.setHeader('content-type', type);
    response.setHeader('content-length', sizeBytes);
    if (request.method === 'HEAD' || sizeBytes === 0) {
      response.end();
      return;
    }
    const stream = handle.createReadStream({ autoClose: false, end: sizeBytes - 1 });
    await pipeline(stream, response as NodeJS.WritableStream);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    response.destroy();
  } finally {
    await handle.close();
  }
}

function isKnown(field: string | undefined, etag: string): boolean {
  return (field ?? '')
    .split(',')
    .some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*');
}
