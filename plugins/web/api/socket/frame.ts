/** Frames of the WebSocket protocol (RFC 6455 §5.2), as a server writes them; and the codes that it closes with (§7.4). */

export const OPCODES = { more: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** §7.4.1, and above 3000 those of IANA's "WebSocket Close Code Number Registry". */
export const CLOSE_CODES = {
  normal: 1000,
  /** The server closes. */
  goingAway: 1001,
  /** It breaks the rules of RFC 6455. */
  protocolError: 1002,
  /** Binary messages mean nothing here. */
  unsupported: 1003,
  /** A message is no UTF-8, or no JSON object. */
  invalidData: 1007,
  /** A message of a type that nobody knows. */
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  /** Signed out, removed or expired. */
  unauthorized: 3000,
  /** Neither a pong nor anything else came in time. */
  timeout: 3008,
} as const;

/** Payload of a control frame, in bytes (§5.5). */
export const MAX_CONTROL_BYTES = 125;

const FINAL = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** One whole frame; a server's are not masked (§5.1). */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const extra = length < LENGTH_16 ? 0 : length < 0x10000 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extra + length);
  frame[0] = FINAL | opcode;
  frame[1] = extra === 0 ? length : extra === 2 ? LENGTH_16 : LENGTH_64;
  if (extra === 2) frame.writeUInt16BE(length, 2);
  else if (extra === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  payload.copy(frame, 2 + extra);
  return frame;
}

export function encodeText(text: string): Buffer {
  return encodeFrame(OPCODES.text, Buffer.from(text));
}

/** @param reason ASCII of our own, which fits in a control frame */
export function encodeClose(code: number, reason: string): Buffer {
  const text = Buffer.from(reason, 'ascii').subarray(0, MAX_CONTROL_BYTES - 2);
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code, 0);
  text.copy(payload, 2);
  return encodeFrame(OPCODES.close, payload);
}

/** Whether a peer may send this code (§7.4.1, §7.4.2): not the ones that only stand for what happened. */
export function isSendableCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}
