/** One file to a client: with its type, an ETag (RFC 9110, section 8.8.3), and nothing outside of its folder. */

import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errnoOf } from '../../../src/protocol/result.ts';
import { typeOf } from './content-type.ts';
import { isKnownTag } from './entity-tag.ts';
import type { Incoming, Outgoing } from './http-types.ts';

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
      type: typeOf(path),
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
    if (isKnownTag(request.headers['if-none-match'], etag)) {
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
