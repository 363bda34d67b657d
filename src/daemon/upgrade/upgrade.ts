/** From the wish for another version to the moment when nothing is left but to replace this one. */

import type { DaemonUpgradeResult } from '../../protocol/control/daemon.ts';
import type { Actor } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { VERSION } from '../../protocol/version.ts';
import type { Clock } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { askInstalledVersion, type InstalledProgram } from './installed-version.ts';

/** The daemon that is to be replaced. */
export interface UpgradeHost {
  /** Began to serve then; RFC 3339. */
  readonly since: string;
  isEnding(): boolean;
  /** State that is not on the disk and would be forgotten, as one line; undefined when all is written. */
  unwrittenState(): string | undefined;
  /** Lets go of everything and has the installed version put in its place. */
  handOver(actor: Actor): void;
}

export class Upgrade {
  readonly #program: InstalledProgram;
  readonly #clock: Clock;
  readonly #log: SupervisorLog;
  readonly #host: UpgradeHost;
  #isUnderWay = false;

  constructor(program: InstalledProgram, clock: Clock, log: SupervisorLog, host: UpgradeHost) {
    this.#program = program;
    this.#clock = clock;
    this.#log = log;
    this.#host = host;
  }

  /** Has the installed version check itself. A success is followed by `handOver`, a round of the event loop later. */
  async begin(actor: Actor): Promise<Result<DaemonUpgradeResult, ErrorBody>> {
    if (this.#host.isEnding()) return failure(errorBody('unavailable', 'torud is stopping'));
    if (this.#isUnderWay) return failure(errorBody('unavailable', 'an upgrade is under way already'));
    this.#isUnderWay = true;
    const checked = await this.#check();
    if (!checked.ok) {
      this.#isUnderWay = false;
      return checked;
    }
    const versions = { from: VERSION, to: checked.value };
    this.#log.write('info', 'upgrading', { ...versions, actor });
    // The answer to the client leaves first.
    setImmediate(() => this.#host.handOver(actor));
    return success({ ...versions, since: this.#host.since });
  }

  /** Only has the installed version check itself. */
  async preview(): Promise<Result<DaemonUpgradeResult, ErrorBody>> {
    if (this.#host.isEnding()) return failure(errorBody('unavailable', 'torud is stopping'));
    if (this.#isUnderWay) return failure(errorBody('unavailable', 'an upgrade is under way already'));
    const checked = await this.#check();
    if (!checked.ok) return checked;
    return success({ from: VERSION, to: checked.value, since: this.#host.since });
  }

  async #check(): Promise<Result<string, ErrorBody>> {
    const unwritten = this.#host.unwrittenState();
    if (unwritten !== undefined) return this.#refuse('unavailable', unwritten);
    const version = await askInstalledVersion(this.#program, this.#clock);
    if (this.#host.isEnding()) return failure(errorBody('unavailable', 'torud is stopping'));
    return version.ok ? version : this.#refuse('failed', version.failure);
  }

  #refuse(code: 'failed' | 'unavailable', reason: string): Result<never, ErrorBody> {
    this.#log.write('error', 'upgrade-refused', { reason });
    return failure(errorBody(code, reason, { hint: `torud ${VERSION} goes on` }));
  }
}
