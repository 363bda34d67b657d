/** base: clock, bus, accounts, the supervisor's own log. */

import { instanceCachingFactory } from 'tsyringe';
import type { Paths } from '../../protocol/paths.ts';
import { Accounts } from '../base/accounts.ts';
import { systemClock } from '../base/clock.ts';
import { EventBus } from '../base/event-bus.ts';
import { WinstonSupervisorLog } from '../base/winston-log.ts';
import type { ConfigHolder } from '../config-holder.ts';
import { Host } from '../metrics/host/host.ts';
import { ACCOUNTS, CLOCK, CONFIG, ECHO, EVENT_BUS, HOST, PATHS, SUPERVISOR_LOG } from '../tokens.ts';
import type { DaemonModule } from './daemon-module.ts';

export const baseModule: DaemonModule = {
  name: 'base',
  register(container) {
    container.register(CLOCK, { useValue: systemClock });
    container.register(EVENT_BUS, { useFactory: instanceCachingFactory(() => new EventBus()) });
    container.register(ACCOUNTS, { useFactory: instanceCachingFactory(() => new Accounts()) });
    container.register(HOST, {
      useFactory: instanceCachingFactory(() => new Host({ clock: systemClock })),
    });
    container.register(SUPERVISOR_LOG, {
      useFactory: instanceCachingFactory((c) => {
        const echo = c.resolve<{ readonly stream: NodeJS.WritableStream | undefined }>(ECHO).stream;
        return new WinstonSupervisorLog({
          file: c.resolve<Paths>(PATHS).supervisorLog,
          clock: systemClock,
          level: c.resolve<ConfigHolder>(CONFIG).current.logLevel,
          ...(echo === undefined ? {} : { echo }),
        });
      }),
    });
  },
};
