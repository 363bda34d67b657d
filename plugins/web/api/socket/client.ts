/** One client on /api/ws: what it asks for, and what it gets. */

import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import type { Identity } from '../../login/identity.ts';
import { includesRole } from '../../login/role.ts';
import type { PluginBook } from '../../server/plugin-book.ts';
import type { FollowHub } from '../follow/hub.ts';
import type { SocketConnection } from './connection.ts';
import { followEvents, followLogs } from './follow-entries.ts';
import { PluginFollower } from './follow-plugins.ts';
import { encodeText } from './frame.ts';
import { aboutOf, type Message, parseMessage, type Subscribe } from './message.ts';
import { Subscription } from './subscription.ts';

/** Of one client, those included that have not quite ended yet. */
export const MAX_SUBSCRIPTIONS = 32;

export interface ClientOptions {
  readonly connection: SocketConnection;
  readonly identity: Identity;
  readonly book: PluginBook;
  readonly hub: FollowHub;
  /** A bug: the log has to have it. */
  readonly onThrown: (thrown: unknown) => void;
  /** Why the client is sent away, for the log. */
  readonly onFault: (reason: string) => void;
}

export class Client {
  readonly #options: ClientOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  #running = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    options.connection.closed.addEventListener('abort', () => {
      for (const subscription of this.#subscriptions.values()) subscription.close();
    });
  }

  onText(text: string): void {
    const message = parseMessage(text);
    if (message.ok) {
      this.#onMessage(message.value);
      return;
    }
    const fault = message.failure;
    if ('close' in fault) {
      this.#options.onFault(fault.close.reason);
      this.#options.connection.close(fault.close.code, fault.close.reason);
    } else this.#sendError(fault.about, errorBody('usage', fault.text));
  }

  #onMessage(message: Message): void {
    switch (message.type) {
      case 'subscribe':
        this.#subscribe(message);
        return;
      case 'unsubscribe':
        this.#unsubscribe(message.id);
        return;
      case 'run':
      case 'cancel': {
        const { role } = this.#options.identity;
        const error = includesRole(role, 'operate')
          ? errorBody('unavailable', 'this torud runs no scripts')
          : errorBody('denied', `this takes the role operate, and yours is ${role}`);
        this.#sendError(aboutOf(message), error);
        return;
      }
    }
  }

  #subscribe(message: Subscribe): void {
    const about = { id: message.id };
    if (this.#subscriptions.has(message.id)) {
      this.#sendError(about, errorBody('conflict', 'there is a subscription of this id already'));
      return;
    }
    if (this.#running >= MAX_SUBSCRIPTIONS) {
      this.#sendError(
        about,
        errorBody('busy', `a connection has at most ${MAX_SUBSCRIPTIONS} subscriptions`),
      );
      return;
    }
    const subscription = new Subscription(message.id, this.#options.connection);
    this.#subscriptions.set(message.id, subscription);
    this.#running += 1;
    void this.#serve(message, subscription)
      .then((error) => {
        if (error !== undefined && !subscription.closed.aborted) this.#sendError(about, error);
      })
      .catch((thrown: unknown) => {
        this.#options.onThrown(thrown);
        this.#sendError(
          about,
          errorBody('internal', 'this is a bug in toru; the log of web has the details'),
        );
      })
      .finally(() => {
        this.#running -= 1;
        subscription.close();
        // Its id may be another one's by now.
        if (this.#subscriptions.get(message.id) === subscription) this.#subscriptions.delete(message.id);
      });
  }

  #serve(message: Subscribe, subscription: Subscription): Promise<ErrorBody | undefined> {
    const { hub, book, identity } = this.#options;
    switch (message.topic) {
      case 'plugins':
        return new PluginFollower(book, identity, subscription).run();
      case 'events':
        return followEvents(message, hub, identity, subscription);
      case 'logs':
        return followLogs(message, hub, identity, subscription);
    }
  }

  #unsubscribe(id: string): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) {
      this.#sendError({ id }, errorBody('not_found', 'there is no subscription of this id'));
      return;
    }
    subscription.send('unsubscribed');
    subscription.close();
    this.#subscriptions.delete(id);
  }

  #sendError(about: Readonly<Record<string, string>>, error: ErrorBody): void {
    this.#options.connection.sendFrame(encodeText(JSON.stringify({ type: 'error', ...about, ...error })));
  }
}
