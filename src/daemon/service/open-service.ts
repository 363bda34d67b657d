/** The way to the service manager, when there is one. Loaded only then. */

import { systemClock } from '../base/clock.ts';
import { openKernelSender, programSender } from './notify-sender.ts';
import { takeServiceEnvironment } from './service-environment.ts';
import { ServiceNotifier } from './service-notifier.ts';

/** Takes the variables out of the environment. Undefined when nobody wants to be told. */
export async function openService(
  environment: Record<string, string | undefined>,
): Promise<ServiceNotifier | undefined> {
  const taken = takeServiceEnvironment(environment, process.pid);
  if (taken === undefined) return undefined;
  const opened = await openKernelSender(taken.socket);
  return new ServiceNotifier({
    environment: taken,
    sender: opened.ok ? opened.value : programSender(taken.variables),
    clock: systemClock,
    problem: opened.ok ? undefined : `the service manager is told by systemd-notify, for ${opened.failure}`,
  });
}
