/**
 * When a cron expression comes due. The only file that knows croner; it is loaded when the first schedule is read.
 *
 * Days on which the clocks change go by cron(8) of Vixie cron: an expression without a star or a step in its minutes
 * and hours is *fixed*: a moment that the day leaves out comes at the first moment after the gap, and one that the day
 * has twice comes once, the first time. Any other one goes by real time: it has no moments in a gap, and those of a
 * repeated hour twice.
 */

import { Cron, type CronOptions } from 'croner';
import { failure, type Result, success } from '../../protocol/result.ts';
import { cronFieldProblem } from './cron-fields.ts';

/** Moments of a schedule; milliseconds since 1970, always whole seconds. */
export interface ScheduleTimes {
  /** Goes by the hands of the clock: not by a star or a step in minutes or hours. */
  readonly isFixed: boolean;
  /** The first `count` moments after `afterMs`, soonest first; fewer when there are no more. */
  next(afterMs: number, count: number): readonly number[];
  /** The last moments before `beforeMs` and after `afterMs`, newest first; at most `count`. */
  last(beforeMs: number, afterMs: number, count: number): readonly number[];
}

/**
 * Reads five fields as in crontab(5), or `@daily` and the like.
 * @param timezone IANA name that this machine knows; null: the machine's own
 * Failure: what is wrong with the expression, as the rest of a sentence that begins with its name.
 */
export function readCron(expression: string, timezone: string | null): Result<ScheduleTimes, string> {
  const trimmed = expression.trim();
  const isNickname = trimmed.startsWith('@');
  const fields = trimmed.split(/\s+/).length;
  if (!isNickname && fields !== 5)
    return failure(
      `must have the five fields of crontab(5): minute, hour, day, month, day of the week; it has ${trimmed === '' ? 0 : fields}`,
    );
  if (trimmed.toLowerCase() === '@reboot')
    return failure(
      'cannot be "@reboot": a schedule goes by the clock; use a plugin for what runs with torud',
    );
  const problem = isNickname ? undefined : cronFieldProblem(trimmed);
  if (problem !== undefined) return failure(problem);
  try {
    return success(new CronTimes(new Cron(trimmed, optionsFor(timezone)), isFixed(trimmed)));
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return failure(
      isNickname
        ? 'must be five fields of crontab(5), or @hourly, @daily, @weekly, @monthly or @yearly'
        : 'is no cron expression; crontab(5) tells how they are written',
    );
  }
}

function optionsFor(timezone: string | null): CronOptions {
  return {
    paused: true,
    mode: '5-part',
    fixedTimeRule: 'no-wildcard',
    ...(timezone === null ? {} : { timezone }),
  };
}

function isFixed(expression: string): boolean {
  if (expression.startsWith('@')) return expression.toLowerCase() !== '@hourly';
  const [minute = '', hour = ''] = expression.split(/\s+/);
  return !/[*?/]/.test(minute + hour);
}

class CronTimes implements ScheduleTimes {
  readonly isFixed: boolean;
  readonly #cron: Cron;

  constructor(cron: Cron, isFixedTime: boolean) {
    this.#cron = cron;
    this.isFixed = isFixedTime;
  }

  next(afterMs: number, count: number): readonly number[] {
    return this.#cron.nextRuns(count, new Date(afterMs)).map((date) => date.getTime());
  }

  last(beforeMs: number, afterMs: number, count: number): readonly number[] {
    const found: number[] = [];
    // One at a time: most often there are none or one, and each costs some 50 µs.
    for (let at = beforeMs; found.length < count; ) {
      const [before] = this.#cron.previousRuns(1, new Date(at));
      if (before === undefined || before.getTime() <= afterMs) break;
      at = before.getTime();
      found.push(at);
    }
    return found;
  }
}
