/** The module whole: opened in order, closed in the reverse order. */

import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import { errorBody } from '../../src/protocol/errors.ts';
import { USER_KEY_NAME } from '../../src/protocol/plugin/forwarded-user.ts';
import { failure, messageOf, type Result, success } from '../../src/protocol/result.ts';
import { FollowHub } from './api/follow/hub.ts';
import { makeDocument } from './api/openapi.ts';
import { problem } from './api/problem.ts';
import { ROUTES } from './api/routes/all.ts';
import type { Services } from './api/services.ts';
import { SocketDoor } from './api/socket/door.ts';
import { PluginForwarding } from './forward/forwarding.ts';
import { UserKeys } from './forward/user-keys.ts';
import { Accounts } from './login/accounts.ts';
import { DATABASE_NAME } from './login/database.ts';
import { ensureFirstAdmin } from './login/first-admin.ts';
import { readOrMakeSecret } from './login/secret-file.ts';
import { App } from './server/app.ts';
import { type CertificatePair, CertificateWatch, readCertificate } from './server/certificate.ts';
import { ConsoleFiles } from './server/console-files.ts';
import { SESSION_COOKIES } from './server/cookie.ts';
import { Daemon } from './server/daemon.ts';
import { faultOf } from './server/fault.ts';
import { Frontend } from './server/frontend.ts';
import { type Bound, HttpServer } from './server/http-server.ts';
import { PluginBook } from './server/plugin-book.ts';
import { PluginFallback } from './server/plugin-fallback.ts';
import { PluginWatch } from './server/plugin-watch.ts';
import { TaskBook } from './server/task-book.ts';
import { endWith } from './server/upgrade-refusal.ts';
import { UsageWatch } from './server/usage-watch.ts';
import { WebLog } from './server/web-log.ts';
import type { Settings } from './settings.ts';

/** What the keys are made of that users are signed with for plugins. */
const SECRET_NAME = 'user-secret';

const CLOSE = { connection: 'close' };

/** Why it does not open. */
export interface OpenFault {
  /** One line. */
  readonly text: string;
  /** It is a setting or a file: trying again would end the same way. */
  readonly isFinal: boolean;
}

export class Module {
  readonly #settings: Settings;
  readonly #dataFolder: string;
  readonly #log: WebLog;
  readonly #closers: (() => Promise<void> | void)[] = [];
  #bound: Bound = { host: '', port: 0 };
  #follow: FollowHub | undefined;

  private constructor(settings: Settings, dataFolder: string, log: WebLog) {
    this.#settings = settings;
    this.#dataFolder = dataFolder;
    this.#log = log;
  }

  static async open(
    settings: Settings,
    dataFolder: string,
    log = new WebLog(),
  ): Promise<Result<Module, OpenFault>> {
    const module = new Module(settings, dataFolder, log);
    try {
      const opened = await module.#open();
      if (opened.ok) return success(module);
      await module.close();
      return opened;
    } catch (thrown) {
      await module.close();
      throw thrown;
    }
  }

  /** Where it listens. */
  get bound(): Bound {
    return this.#bound;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close();
  }

  async #open(): Promise<Result<void, OpenFault>> {
    const { tls, adminName, adminPassword } = this.#settings;
    const certificate = tls === undefined ? success(undefined) : readCertificate(tls);
    if (!certificate.ok) return failure({ text: `TLS: ${certificate.failure}`, isFinal: true });
    const accounts = new Accounts(join(this.#dataFolder, DATABASE_NAME));
    this.#closers.push(() => accounts.close());
    accounts.attempts.settlePending();
    const admin = await ensureFirstAdmin(accounts, { name: adminName, password: adminPassword });
    if (!admin.ok) return failure({ text: admin.failure, isFinal: true });
    if (admin.value !== undefined) this.#log.info(`the first user is ${admin.value}, with the role admin`);
    accounts.serve((reason) => {
      if (reason === undefined) this.#log.info('web.db can be written again');
      else this.#log.error(`${reason}: when sessions and tokens were last used is not noted`);
    });
    const server = this.#openServer(accounts, certificate.value);
    const bound = await server.listen();
    // Somebody may let go of the port, or the network come up.
    if (!bound.ok) return failure({ text: bound.failure, isFinal: false });
    this.#closers.push(() => this.#closeServer(server));
    this.#bound = bound.value;
    this.#watchCertificate(certificate.value, server);
    this.#log.info(`listening on ${tls === undefined ? 'http' : 'https'}://${boundText(bound.value)}`);
    this.#warn(bound.value);
    return success(undefined);
  }

  #openServer(accounts: Accounts, certificate: CertificatePair | undefined): HttpServer {
    const { isProduction, trustedProxies, host, port } = this.#settings;
    const daemon = new Daemon(this.#settings.controlSocket);
    this.#closers.push(() => daemon.close());
    const forwarding = this.#openForwarding(daemon);
    const book = new PluginBook();
    const watch = new PluginWatch(daemon, this.#log, (item) => {
      book.apply(item);
      forwarding.apply(item);
    });
    this.#closers.push(() => watch.close());
    watch.open();
    const frontend = new Frontend(daemon, book);
    const services = this.#makeServices(accounts, daemon, watch, frontend);
    const fallback = new PluginFallback({
      forwarding,
      frontend,
      accounts,
      trustedProxies,
      isProduction,
      log: this.#log,
      arePluginsKnown: () => book.isKnown,
    });
    this.#closers.push(() => fallback.close());
    const tasks = new TaskBook(daemon);
    this.#closers.push(() => tasks.close());
    const usage = new UsageWatch(daemon);
    this.#closers.push(() => usage.close());
    const door = new SocketDoor({ services, book, tasks, usage, trustedProxies });
    const app = new App({ services, routes: ROUTES, trustedProxies, fallback });
    const listener = getRequestListener(app.hono.fetch, {
      overrideGlobalObjects: false,
      // HTTP/1.0 may name none.
      hostname: 'localhost',
      errorHandler: (thrown) => this.#onUnread(thrown),
    });
    const pages = new ConsoleFiles(this.#settings.consoleFolder);
    return new HttpServer({
      host,
      port,
      certificate,
      log: this.#log,
      onRequest: (request, response) => {
        if (fallback.handOver(request, response) || pages.serve(request, response)) return;
        void listener(request, response);
      },
      onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (door.isFor(request.url ?? '')) {
          door.upgrade(request, socket, head);
          return;
        }
        fallback.upgrade(request, socket, head).catch((thrown) => {
          this.#log.error(`upgrade: ${messageOf(thrown)}`);
          endWith(socket, faultOf(thrown).told);
        });
      },
    });
  }

  /** Host or target are none that an address could be made of; or a bug. */
  #onUnread(thrown: unknown): Response {
    if (thrown instanceof RequestError) {
      return problem({
        error: errorBody('usage', 'host and address of the request are none'),
        headers: CLOSE,
      });
    }
    this.#log.error(messageOf(thrown));
    return problem(faultOf(thrown).told);
  }

  #openForwarding(daemon: Daemon): PluginForwarding {
    const secret = readOrMakeSecret(join(this.#dataFolder, SECRET_NAME));
    const keys = new UserKeys(secret, async (plugin, value) => {
      const stored = await daemon.call('kv.set', { plugin, key: USER_KEY_NAME, value });
      return stored.ok;
    });
    const forwarding = new PluginForwarding({
      hiddenCookies: SESSION_COOKIES,
      keyOf: (plugin) => keys.keyOf(plugin),
      forgetKey: (plugin) => keys.forget(plugin),
    });
    this.#closers.push(() => forwarding.close());
    return forwarding;
  }

  #makeServices(accounts: Accounts, daemon: Daemon, watch: PluginWatch, frontend: Frontend): Services {
    const follow = new FollowHub(daemon);
    this.#follow = follow;
    const document = makeDocument(ROUTES);
    return {
      accounts,
      daemon,
      log: this.#log,
      follow,
      frontend,
      ownId: this.#settings.ownId,
      isProduction: this.#settings.isProduction,
      isDaemonThere: () => watch.isThere,
      document: () => document,
    };
  }

  /** Who follows something would keep it open for ever. */
  #closeServer(server: HttpServer): Promise<void> {
    const closed = server.close();
    this.#follow?.close();
    return closed;
  }

  #watchCertificate(current: CertificatePair | undefined, server: HttpServer): void {
    const { tls } = this.#settings;
    if (tls === undefined || current === undefined) return;
    const watch = new CertificateWatch(tls, current, (read) => {
      const set = read.ok ? server.setCertificate(read.value) : read;
      if (set.ok) this.#log.info('TLS: new connections get the new certificate');
      else this.#log.error(`TLS: the certificate stays as it was: ${set.failure}`);
    });
    this.#closers.push(() => watch.close());
  }

  #warn({ host }: Bound): void {
    const isLoopback = host === '::1' || host.startsWith('127.');
    const { tls, trustedProxies } = this.#settings;
    if (!isLoopback && tls === undefined && trustedProxies.isEmpty) {
      this.#log.warning(
        'passwords go over the network in the clear: set TLS_CERTIFICATE and TLS_KEY, or listen on loopback',
      );
    }
    if (process.getuid?.() === 0) {
      this.#log.warning('runs as root: set "user" in plugins.d/web.toml to a user of its own');
    }
  }
}

function boundText({ host, port }: Bound): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
