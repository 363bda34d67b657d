/** The SDK for plugin authors (plugins/README.md). The build makes one file of it, dist/sdk.cjs, to be copied. */

export type { PluginError, PluginErrorCode, PluginMessage } from '../../src/protocol/plugin/envelope.ts';
export { MAX_PLUGIN_LINE_BYTES } from '../../src/protocol/plugin/envelope.ts';
export type { HealthAnswer } from '../../src/protocol/plugin/messages.ts';
export type { Result } from '../../src/protocol/result.ts';
export { Connection, type ConnectionEvents } from './connection.ts';
export { definePlugin, type RunningPlugin } from './define-plugin.ts';
export type {
  HttpAnswer,
  HttpRequest,
  Metadata,
  PluginContext,
  PluginDefinition,
  ShutdownReason,
} from './definition.ts';
export type { ForwardedUser, UserRequest } from './forwarded-user.ts';
export type { KvClient, KvEntry, KvListOptions, KvSetOptions } from './kv-client.ts';
export { KvError } from './kv-error.ts';
export { type ListenEvents, type Listener, listen } from './listen.ts';
export type { Log, LogLevel } from './log.ts';
export { type MessageFault, type OutgoingMessage, readMessage, writeMessage } from './message.ts';
export { MessageReader } from './message-reader.ts';
