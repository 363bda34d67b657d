/** A module registers what one folder of the daemon offers; compose.ts lists them. */

import type { DependencyContainer } from 'tsyringe';

export interface DaemonModule {
  readonly name: string;
  register(container: DependencyContainer): void;
}
