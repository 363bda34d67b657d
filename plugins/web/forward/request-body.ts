/** The body of a request: whether there is one, and its beginning, as far as it may be held. */

import type { Share } from './byte-budget.ts';
import type { ForwardRequest } from './contract.ts';

/** What was read of a body. */
export type ReadBody =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  /** It is longer than was wanted, and goes on. */
  | { readonly kind: 'long'; readonly chunks: AsyncIterable<Buffer> }
  /** There is no room for it. */
  | { readonly kind: 'full' }
  /** The client left in the middle of it. */
  | { readonly kind: 'cut' };

const NONE = Buffer.alloc(0);

/** HTTP/1.1 says it by its framing (RFC 9112 §6), HTTP/2 by whether the stream goes on (RFC 9113 §8.1). */
export function hasBody(request: ForwardRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The body's chunks. Whoever stops in the middle leaves the connection alone: it may still be answered on. */
export function chunksOf(request: ForwardRequest): AsyncIterableIterator<Buffer> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
}

/**
 * Reads at most `maxBytes`, all of them counted in `share`. Never rejects.
 * @param maxBytes what is longer comes back as `long`, with what was read of it first
 */
export async function readBody(request: ForwardRequest, maxBytes: number, share: Share): Promise<ReadBody> {
  if (!hasBody(request)) return { kind: 'whole', bytes: NONE };
  const chunks = chunksOf(request);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return { kind: 'long', chunks };
  const read: Buffer[] = [];
  let length = 0;
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) break;
      if (!share.add(next.value.length)) return { kind: 'full' };
      read.push(next.value);
      length += next.value.length;
      if (length > maxBytes) return { kind: 'long', chunks: continued(read, chunks) };
    }
  } catch {
    // Only its end by the client makes the iterator throw (ECONNRESET, aborted).
    return { kind: 'cut' };
  }
  return { kind: 'whole', bytes: read.length === 1 && read[0] !== undefined ? read[0] : Buffer.concat(read) };
}

async function* continued(read: Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  for (let chunk = read.shift(); chunk !== undefined; chunk = read.shift()) yield chunk;
  yield* rest;
}
