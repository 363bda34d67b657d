/** The HTTP module in this process, in front of a real torud, on a free port; and clients that are signed in. */

import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../plugins/sdk/log.ts';
import { makeDocument } from '../../plugins/web/api/openapi.ts';
import { ROUTES } from '../../plugins/web/api/routes/all.ts';
import { DATABASE_NAME } from '../../plugins/web/login/database.ts';
import { Module } from '../../plugins/web/module.ts';
import { WebLog } from '../../plugins/web/server/web-log.ts';
import { readSettings } from '../../plugins/web/settings.ts';
import { type Document, OpenApiCheck } from './openapi-check.ts';

export const ADMIN = { username: 'admin', password: 'correct horse battery' };

export interface WebAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Of a JSON answer. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface WebRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string;
}

export class WebRig implements AsyncDisposable {
  readonly port: number;
  /** Lines of its log. */
  readonly log: string[];
  readonly check: OpenApiCheck;
  readonly #module: Module;
  readonly #folder: string;

  private constructor(module: Module, folder: string, log: string[]) {
    this.#module = module;
    this.#folder = folder;
    this.log = log;
    this.port = module.bound.port;
    this.check = new OpenApiCheck(makeDocument(ROUTES) as unknown as Document);
  }

  /** Throws what it refuses to open for. */
  static async open(controlSocket: string, env: Readonly<Record<string, string>> = {}): Promise<WebRig> {
    const folder = await mkdtemp(join(tmpdir(), 'toru-web-'));
    const log: string[] = [];
    const settings = readSettings({
      STEERING_PORT: '0',
      CONTROL_SOCKET: controlSocket,
      ADMIN_PASSWORD: ADMIN.password,
      ...env,
    });
    if (!settings.ok) throw new Error(settings.failure);
    const webLog = new WebLog(createLog((line) => void log.push(line)));
    const opened = await Module.open(settings.value, folder, webLog);
    if (opened.ok) return new WebRig(opened.value, folder, log);
    await rm(folder, { recursive: true, force: true });
    throw new Error(opened.failure.text);
  }

  /** The file of users, sessions and tokens. */
  get databaseFile(): string {
    return join(this.#folder, DATABASE_NAME);
  }

  /** One request on a connection of its own; throws when the answer is none that the OpenAPI document allows. */
  async call(method: string, path: string, { headers = {}, body, raw }: WebRequest = {}): Promise<WebAnswer> {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await new Promise<WebAnswer>((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          agent: false,
          headers: {
            ...(sent === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
            ...headers,
          },
        },
        (incoming) => {
          let text = '';
          incoming.setEncoding('utf8').on('data', (piece: string) => {
            text += piece;
          });
          incoming.on('error', reject);
          incoming.on('end', () => {
            const isJson = text !== '' && (incoming.headers['content-type'] ?? '').includes('json');
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text,
              json: isJson ? JSON.parse(text) : {},
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(sent);
    });
    const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    const fault = this.check.faultOf(method, path, { status: answer.status, type, text: answer.text });
    if (fault !== undefined) throw new Error(`${method} ${path}: ${fault}`);
    return answer;
  }

  /** Signs in; throws when that is refused. */
  async signIn(credentials = ADMIN): Promise<WebClient> {
    const answer = await this.call('POST', '/api/login', { body: credentials });
    if (answer.status !== 200) throw new Error(`not signed in: ${answer.text}`);
    const [cookie = ''] = String(answer.headers['set-cookie']).split(';');
    return new WebClient(this, { cookie, 'x-csrf-token': String(answer.json.csrfToken) });
  }

  /** A user with that role, signed in. */
  async signInAs(admin: WebClient, role: string): Promise<WebClient> {
    const credentials = { username: `a-${role}`, password: `the password of ${role}` };
    const { username: name, password } = credentials;
    const made = await admin.post('/api/users', { name, password, role });
    if (made.status !== 201) throw new Error(`no user: ${made.text}`);
    return this.signIn(credentials);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#module.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export class WebClient {
  readonly #rig: WebRig;
  readonly headers: Readonly<Record<string, string>>;

  constructor(rig: WebRig, headers: Readonly<Record<string, string>>) {
    this.#rig = rig;
    this.headers = headers;
  }

  call(method: string, path: string, sent: WebRequest = {}): Promise<WebAnswer> {
    return this.#rig.call(method, path, { ...sent, headers: { ...this.headers, ...sent.headers } });
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<WebAnswer> {
    return this.call('GET', path, { headers });
  }

  post(path: string, body?: unknown): Promise<WebAnswer> {
    return this.call('POST', path, { body });
  }
}
