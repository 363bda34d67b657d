/** One client on /api/ws: what it asks for, and what it gets. */

import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import type { Identity } from '../../login/identity.ts';
import type { Daemon } from '../../server/daemon.ts';
import type { PluginBook } from '../../server/plugin-book.ts';
import type { TaskBook } from '../../server/task-book.ts';
import type { UsageWatch } from '../../server/usage-watch.ts';
import type { FollowHub } from '../follow/hub.ts';
import type { SocketConnection } from './connection.ts';
import { followEvents, followLogs } from './follow-entries.ts';
import { PluginFollower } from './follow-plugins.ts';
import { followOutput, followTasks } from './follow-tasks.ts';
import { UsageFollower } from './follow-usage.ts';
import { encodeText } from './frame.ts';
import { aboutOf, type Message, parseMessage, type Subscribe } from './message.ts';
import { Subscription } from './subscription.ts';
import { TaskRuns } from './task-runs.ts';

/** Of one client, those included that have not quite ended yet. */
export const MAX_SUBSCRIPTIONS = 32;

export interface ClientOptions {
  readonly connection: SocketConnection;
  readonly identity: Identity;
  readonly book: PluginBook;
  readonly tasks: TaskBook;
  readonly usage: UsageWatch;
  readonly hub: FollowHub;
  readonly daemon: Daemon;
  /** A change that was asked for: what, of what, and `ok` or the code of its error. */
  readonly onChange: (action: string, target: string, result: string) => void;
  /** A bug: the log has to have it. */
  readonly onThrown: (thrown: unknown) => void;
  /** Why the client is sent away, for the log. */
  readonly onFault: (reason: string) => void;
}

export class Client {
  readonly #options: ClientOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #runs: TaskRuns;
  #running = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#runs = new TaskRuns(options);
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
        this.#settle({}, this.#runs.run(message));
        return;
      case 'cancel':
        this.#settle(aboutOf(message), this.#runs.cancel(message));
        return;
    }
  }

  /** Tells the client why a thing was not done; of a bug the log as well. */
  #settle(about: Readonly<Record<string, string>>, work: Promise<ErrorBody | undefined>): void {
    void work
      .then((error) => {
        if (error !== undefined) this.#sendError(about, error);
      })
      .catch((thrown: unknown) => this.#onThrown(about, thrown));
  }

  #onThrown(about: Readonly<Record<string, string>>, thrown: unknown): void {
    this.#options.onThrown(thrown);
    this.#sendError(about, errorBody('internal', 'this is a bug in toru; the log of web has the details'));
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
      .catch((thrown: unknown) => this.#onThrown(about, thrown))
      .finally(() => {
        this.#running -= 1;
        subscription.close();
        // Its id may be another one's by now.
        if (this.#subscriptions.get(message.id) === subscription) this.#subscriptions.delete(message.id);
      });
  }

  #serve(message: Subscribe, subscription: Subscription): Promise<ErrorBody | undefined> {
    const { hub, book, tasks, usage, daemon, identity } = this.#options;
    switch (message.topic) {
      case 'plugins':
        return new PluginFollower(book, identity, subscription).run();
      case 'events':
        return followEvents(message, hub, identity, subscription);
      case 'logs':
        return followLogs(message, { hub, daemon }, identity, subscription);
      case 'tasks':
        return followTasks(tasks, identity, subscription);
      case 'output':
        return followOutput(message, { hub, daemon }, identity, subscription);
      case 'usage':
        return new UsageFollower(usage, identity, subscription).run();
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
