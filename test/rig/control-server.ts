/** The real control server on a socket of its own, with handlers that a test brings. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Accounts } from '../../src/daemon/base/accounts.ts';
import type { Clock } from '../../src/daemon/base/clock.ts';
import type { LogFields, SupervisorLevel } from '../../src/daemon/base/supervisor-log.ts';
import { Dispatcher } from '../../src/daemon/control/dispatcher.ts';
import type { Handlers } from '../../src/daemon/control/handlers/table.ts';
import { ControlServer, type ControlServerOptions } from '../../src/daemon/control/server.ts';
import type { MethodName } from '../../src/protocol/control/methods.ts';
import type { Actor } from '../../src/protocol/control/plugins.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface AuditRow {
  readonly actor: Actor;
  readonly method: MethodName;
  readonly params: unknown;
  readonly result: unknown;
}

export interface LogRow {
  readonly level: SupervisorLevel;
  readonly event: string;
  readonly fields: LogFields | undefined;
}

export interface ServerRig extends AsyncDisposable {
  readonly folder: string;
  readonly socketPath: string;
  readonly server: ControlServer;
  readonly clock: VirtualClock;
  readonly audit: readonly AuditRow[];
  readonly log: readonly LogRow[];
}

/** Handlers for the methods at hand; another one that is called is a fault of the test, and answers `internal`. */
export function partialHandlers(some: Partial<Handlers>): Handlers {
  return some as Handlers;
}

/** Starts a server. Its clock stands still, so that no time limit passes by itself. */
export async function startServer(
  some: Partial<Handlers>,
  options: Partial<ControlServerOptions> = {},
): Promise<ServerRig> {
  const folder = await mkdtemp(join(tmpdir(), 'toru-ctl-'));
  const socketPath = join(folder, 'control.sock');
  const clock = new VirtualClock();
  const audit: AuditRow[] = [];
  const log: LogRow[] = [];
  const write = (level: SupervisorLevel, event: string, fields?: LogFields): void => {
    log.push({ level, event, fields });
  };
  const record = (actor: Actor, method: MethodName, params: unknown, result: unknown): void => {
    audit.push({ actor, method, params, result });
  };
  const server = new ControlServer({
    socketPath,
    instanceId: '00000000-0000-4000-8000-000000000000',
    dispatcher: new Dispatcher(partialHandlers(some), { record }, { write }),
    clock: clock satisfies Clock,
    log: { write },
    accounts: new Accounts(),
    ...options,
  });
  const listening = await server.listen();
  if (!listening.ok) throw new Error(listening.failure);
  return {
    folder,
    socketPath,
    server,
    clock,
    audit,
    log,
    async [Symbol.asyncDispose]() {
      const closed = server.close();
      await clock.advanceAsync(60_000);
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
