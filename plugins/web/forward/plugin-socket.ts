/** A connection to a plugin's HTTP socket that is read to its end, also when the plugin reads no more. */

import { Socket } from 'node:net';
import { errnoOf } from '../../../src/protocol/result.ts';

type Written = (error?: Error | null) => void;

/**
 * A plugin that refuses an upload answers and closes. Writing fails from then on, while the answer waits to be read; a plain
 * socket would be destroyed by the failure, and the answer with it. Here the reading side tells the end.
 */
export class PluginSocket extends Socket {
  override _write(chunk: unknown, encoding: BufferEncoding, done: Written): void {
    super._write(chunk, encoding, unlessClosed(done));
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: Written): void {
    super._writev?.(chunks, unlessClosed(done));
  }
}

function unlessClosed(done: Written): Written {
  return (error) => {
    const errno = errnoOf(error);
    done(errno === 'EPIPE' || errno === 'ECONNRESET' ? null : error);
  };
}

/** For undici: connects to a path. */
export function connectTo(
  path: string,
): (options: unknown, done: (...given: [Error, null] | [null, Socket]) => void) => void {
  return (_options, done) => {
    const socket = new PluginSocket();
    const onError = (error: Error): void => done(error, null);
    socket.once('error', onError);
    socket.connect(path, () => {
      socket.off('error', onError);
      done(null, socket);
    });
  };
}
