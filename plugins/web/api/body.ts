/** A JSON body, read whole within limits of length and time. */

import { errorBody } from '../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import type { Incoming } from '../server/http-types.ts';
import type { RouteError } from './problem.ts';

/** A body has to be there after so long, however slowly it comes. */
const BODY_LIMIT_MS = 15_000;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The parsed value; `{}` for an empty body. */
export async function readBody(request: Incoming, maxBytes: number): Promise<Result<unknown, RouteError>> {
  const bytes = await readBytes(request, maxBytes);
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0) return success({});
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  // A form of another site can send other types without asking; this one a browser sends only after it was allowed to.
  if (type !== 'application/json') {
    return failure({ error: errorBody('usage', 'the body must be application/json'), status: 415 });
  }
  try {
    return success(JSON.parse(decoder.decode(bytes.value)));
  } catch {
    return failure({ error: errorBody('usage', 'the body is not JSON') });
  }
}

function readBytes(request: Incoming, maxBytes: number): Promise<Result<Buffer, RouteError>> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(tooLarge(maxBytes));
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (result: Result<Buffer, RouteError>): void => {
      clearTimeout(timer);
      request.removeAllListeners('data');
      if (!result.ok) request.resume();
      resolve(result);
    };
    const timer = setTimeout(() => {
      const error = errorBody('timeout', `the body did not come within ${BODY_LIMIT_MS / 1000} s`);
      finish(failure({ error, status: 408, headers: CLOSE }));
    }, BODY_LIMIT_MS);
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) finish(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    request.once('end', () => finish(success(Buffer.concat(chunks))));
    request.once('error', () => finish(cutOff()));
    request.once('close', () => finish(cutOff()));
  });
}

/** The rest of the body is not worth its way. */
const CLOSE = { connection: 'close' };

function tooLarge(maxBytes: number): Result<never, RouteError> {
  const error = errorBody('too_large', `the body is longer than ${maxBytes} bytes`);
  return failure({ error, headers: CLOSE });
}

function cutOff(): Result<never, RouteError> {
  return failure({ error: errorBody('usage', 'the body was cut off'), headers: CLOSE });
}
