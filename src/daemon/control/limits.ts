/** Limits of the control server beyond those of the protocol (src/protocol/control/envelope.ts). */

/** From the connection to its hello. */
export const HELLO_TIMEOUT_MS = 5_000;
/** How long a connection that was given its last word stays open for the client to read it. */
export const LINGER_MS = 1_000;
/** The same while torud is being replaced, and clients that have connected again wait for it. */
export const HAND_OVER_LINGER_MS = 50;
/** What such a client may go on sending; it is thrown away. */
export const LINGER_BYTES = 256 * 1024;
/** Refused connections that linger at once. */
export const MAX_LINGERING = 64;
/** Requests in flight of all connections together; one with fewer than FAIR_SHARE is not held to it. */
export const MAX_REQUESTS_TOGETHER = 4_096;
export const FAIR_SHARE = 16;
/** Unfinished lines and unread requests of all connections together. */
export const MAX_INPUT_BYTES = 4 * 1024 * 1024;
/** Answers that clients have not taken, of all connections together. */
export const MAX_OUTPUT_BYTES = 3 * 1024 * 1024;
/** The same, of one connection that had stopped reading before the answer. */
export const MAX_STALLED_BYTES = 2 * 1024 * 1024;
/** A line longer than this is looked at before it is parsed … */
export const LONG_LINE_BYTES = 64 * 1024;
/** … and may have so many members (names of a selection, at most). */
export const MAX_JSON_PARTS = 20_000;
