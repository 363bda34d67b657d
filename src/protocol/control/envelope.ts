/** The envelope of the control protocol (PROTOCOL.md, section 2). */

import type { ErrorBody } from '../errors.ts';

/** Longest line that the daemon takes from a client, in bytes. */
export const MAX_CONTROL_LINE_BYTES = 1024 * 1024;
export const MAX_CONNECTIONS = 256;
/** Requests in flight on one connection. */
export const MAX_REQUESTS_IN_FLIGHT = 1024;

export type Role = 'view' | 'operate' | 'admin';

export interface HelloFrame {
  readonly hello: { readonly protocol: number; readonly client: string };
}

export interface WelcomeFrame {
  readonly welcome: {
    readonly protocol: number;
    readonly daemon: string;
    readonly instanceId: string;
    readonly capabilities: readonly string[];
    readonly role: Role;
  };
}

export interface RequestFrame {
  readonly id: number;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /**
   * For whom an HTTP front or its like asks: it stands in the audit, in events and in reasons beside who the kernel says
   * is connected, and decides nothing. Text of 1 to 128 characters without control characters, from a connection with the
   * role admin; of anybody else, and any other value, it is ignored. Capability `on-behalf-of`.
   */
  readonly onBehalfOf?: string;
}

/** Ends the stream with this id. */
export interface CancelFrame {
  readonly id: number;
  readonly cancel: true;
}

export type ReplyFrame =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly item: unknown }
  | { readonly id: number; readonly end: unknown }
  /** `id` is absent when it could not be known; the connection closes then. */
  | { readonly id?: number; readonly error: ErrorBody };
