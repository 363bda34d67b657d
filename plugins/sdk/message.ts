/** One message of the plugin protocol: from a line, and to a line (PROTOCOL.md, "Envelope"). */

import type { Writable } from 'node:stream';
import { encodeFrame, parseFrame } from '../../src/protocol/frames.ts';
import {
  MAX_PLUGIN_LINE_BYTES,
  type PluginError,
  type PluginErrorCode,
  type PluginMessage,
} from '../../src/protocol/plugin/envelope.ts';
import { failure, type Result, success } from '../../src/protocol/result.ts';

/** Why a line is no message. */
export interface MessageFault {
  readonly error: PluginError;
  /** The request's id where it can be known, else empty. */
  readonly requestId: string;
  /** True when the bytes make no sense as lines of JSON objects: the connection is to be closed. */
  readonly isBroken: boolean;
}

/** What a caller says of a message; the timestamp is added. */
export type OutgoingMessage = Omit<PluginMessage, 'timestamp'>;

export function pluginError(code: PluginErrorCode, message: string): PluginError {
  return { code, message };
}

/** Reads one line (its newline not included). Unknown fields are ignored; a missing `payload` counts as empty. */
export function readMessage(line: Buffer | string): Result<PluginMessage, MessageFault> {
  const bytes = typeof line === 'string' ? Buffer.from(line) : line;
  if (bytes.length > MAX_PLUGIN_LINE_BYTES) return failure(lineTooLong(MAX_PLUGIN_LINE_BYTES));
  const frame = parseFrame(bytes);
  if (frame === undefined) return failure(fault('a line must be one JSON object', '', true));
  const requestId = typeof frame.request_id === 'string' ? frame.request_id : '';
  if (typeof frame.type !== 'string') return failure(fault('"type" must be a text', requestId, false));
  if (requestId === '' && frame.type !== 'error') {
    return failure(fault('"request_id" must be a text that is not empty', '', false));
  }
  const payload = frame.payload === undefined ? {} : frame.payload;
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return failure(fault('"payload" must be an object', requestId, false));
  }
  const timestamp = typeof frame.timestamp === 'string' ? frame.timestamp : '';
  return success({ type: frame.type, timestamp, request_id: requestId, payload: { ...payload } });
}

/** A message as one line, newline included; `too_large` when it is longer than a line may be. */
export function encodeMessage(message: OutgoingMessage): Result<string, PluginError> {
  const { type, request_id, payload } = message;
  const line = encodeFrame({ type, timestamp: new Date().toISOString(), request_id, payload });
  // Three bytes a UTF-16 unit at most: short lines need not be counted.
  if (line.length * 3 <= MAX_PLUGIN_LINE_BYTES) return success(line);
  const bytes = Buffer.byteLength(line) - 1;
  if (bytes <= MAX_PLUGIN_LINE_BYTES) return success(line);
  return failure(pluginError('too_large', `a line of ${bytes} bytes; at most ${MAX_PLUGIN_LINE_BYTES}`));
}

/**
 * Writes one message as one line. The value is the stream's own word on backpressure: false means that it would
 * rather wait for `drain`. A message longer than a line may be is not written: `too_large`.
 * @param onFlushed called once the line was handed to the kernel, or could not be
 */
export function writeMessage(
  stream: Writable,
  message: OutgoingMessage,
  onFlushed: () => void = () => undefined,
): Result<boolean, PluginError> {
  const line = encodeMessage(message);
  return line.ok ? success(stream.write(line.value, onFlushed)) : line;
}

export function lineTooLong(maxBytes: number): MessageFault {
  const error = pluginError('too_large', `the line is longer than ${maxBytes} bytes`);
  return { error, requestId: '', isBroken: true };
}

function fault(text: string, requestId: string, isBroken: boolean): MessageFault {
  return { error: pluginError('invalid', text), requestId, isBroken };
}
