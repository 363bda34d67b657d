/** What a client's line says, or why it says nothing. */

import type { CancelFrame } from '../../protocol/control/envelope.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { parseFrame } from '../../protocol/frames.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { CONTROL_PROTOCOL } from '../../protocol/version.ts';
import { LONG_LINE_BYTES, MAX_JSON_PARTS } from './limits.ts';
import { countJsonParts } from './line-input.ts';

/** A request as it came; `method` and `params` are not looked at yet. */
export interface RawRequest {
  readonly id: number;
  readonly method: unknown;
  readonly params: unknown;
  readonly onBehalfOf: unknown;
}

/** After a failure here the connection is closed: no id is known, so that no answer could be told apart. */
export function readRequest(line: Buffer): Result<RawRequest | CancelFrame, ErrorBody> {
  if (line.length > LONG_LINE_BYTES && countJsonParts(line) > MAX_JSON_PARTS) {
    const most = `names, arguments and other parts of a request may be at most ${MAX_JSON_PARTS} together`;
    return failure(errorBody('too_large', most));
  }
  const frame = parseFrame(line);
  if (frame === undefined) return failure(errorBody('usage', 'a line must be one JSON object'));
  const { id, method, params, cancel, onBehalfOf } = frame;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    const problem = id === undefined ? 'id is missing: it must be' : 'id must be';
    return failure(errorBody('usage', `${problem} a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`));
  }
  return success(cancel === true ? { id, cancel } : { id, method, params, onBehalfOf });
}

/** Checks the first line. Success: what the client calls itself. */
export function readHello(line: Buffer): Result<string, ErrorBody> {
  const hello = line.length > LONG_LINE_BYTES ? undefined : parseFrame(line)?.hello;
  if (typeof hello !== 'object' || hello === null || !('protocol' in hello)) {
    const example = `{"hello":{"protocol":${CONTROL_PROTOCOL},"client":"NAME"}}`;
    return failure(errorBody('usage', 'the first line must be a hello', { hint: `send ${example}` }));
  }
  if (hello.protocol !== CONTROL_PROTOCOL) {
    const theirs = typeof hello.protocol === 'number' ? String(hello.protocol) : 'none that is known';
    return failure(
      errorBody(
        'protocol_mismatch',
        `torud speaks control protocol ${CONTROL_PROTOCOL}, the client ${theirs}`,
        {
          hint: 'use the toru that belongs to this torud, or restart torud after an upgrade',
        },
      ),
    );
  }
  return success('client' in hello && typeof hello.client === 'string' ? hello.client.slice(0, 128) : '');
}
