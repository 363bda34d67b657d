/** Messages of a client, put together from its frames (RFC 6455 §5.4), with control frames in between as they come. */

import { CLOSE_CODES, isSendableCode, OPCODES } from './frame.ts';
import { broken, type Frame, type FrameFault, FrameReader, tooBig } from './frame-reader.ts';

export type Incoming =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'pong' }
  /** The client closes; 1005 without a code (§7.1.5). */
  | { readonly kind: 'close'; readonly code: number }
  /** The last one. */
  | { readonly kind: 'fault'; readonly fault: FrameFault };

const NO_CODE = 1005;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class MessageReader {
  readonly #maxBytes: number;
  readonly #frames: FrameReader;
  /** Of a message in pieces: all of its room at once, so that no number of pieces costs more. */
  #message: Buffer | undefined;
  #filled = 0;

  /** @param maxBytes longest message, in pieces or not */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#frames = new FrameReader(maxBytes);
  }

  *read(piece: Buffer): Generator<Incoming, void> {
    const frames = this.#frames.read(piece);
    for (;;) {
      const next = frames.next();
      const incoming = next.done === true ? faultOf(next.value) : this.#onFrame(next.value);
      if (incoming !== undefined) yield incoming;
      if (next.done === true || incoming?.kind === 'fault') return;
    }
  }

  #onFrame(frame: Frame): Incoming | undefined {
    switch (frame.opcode) {
      case OPCODES.ping:
        return { kind: 'ping', payload: frame.payload };
      case OPCODES.pong:
        return { kind: 'pong' };
      case OPCODES.close:
        return closeOf(frame.payload);
      case OPCODES.binary:
        return faultOf({ code: CLOSE_CODES.unsupported, reason: 'messages are text' });
      case OPCODES.text:
        if (this.#message !== undefined) return faultOf(broken('the message before has no end'));
        if (frame.isFinal) return textOf(frame.payload);
        this.#message = Buffer.alloc(this.#maxBytes);
        this.#filled = 0;
        return this.#add(frame);
      default:
        return this.#message === undefined ? faultOf(broken('a piece of no message')) : this.#add(frame);
    }
  }

  #add({ payload, isFinal }: Frame): Incoming | undefined {
    const message = this.#message;
    if (message === undefined || this.#filled + payload.length > message.length)
      return faultOf(tooBig(this.#maxBytes));
    this.#filled += payload.copy(message, this.#filled);
    if (!isFinal) return undefined;
    this.#message = undefined;
    return textOf(message.subarray(0, this.#filled));
  }
}

function textOf(bytes: Buffer): Incoming {
  const text = decoded(bytes);
  return text === undefined
    ? { kind: 'fault', fault: { code: CLOSE_CODES.invalidData, reason: 'the text is no UTF-8' } }
    : { kind: 'text', text };
}

function closeOf(payload: Buffer): Incoming {
  if (payload.length === 0) return { kind: 'close', code: NO_CODE };
  const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
  if (!isSendableCode(code)) return { kind: 'fault', fault: broken('no such close code') };
  return decoded(payload.subarray(2)) === undefined
    ? { kind: 'fault', fault: { code: CLOSE_CODES.invalidData, reason: 'the text is no UTF-8' } }
    : { kind: 'close', code };
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    // Not UTF-8: the peer is told so.
    return undefined;
  }
}

function faultOf(fault: FrameFault): Incoming;
function faultOf(fault: FrameFault | undefined): Incoming | undefined;
function faultOf(fault: FrameFault | undefined): Incoming | undefined {
  return fault === undefined ? undefined : { kind: 'fault', fault };
}
