/** The supervisor's own log, as the rest of the daemon sees it: plugin-supervisor.log, one JSON object a line. */

export type SupervisorLevel = 'error' | 'warning' | 'info' | 'debug';

/** Beside `timestamp`, `level` and `event`; `plugin` names the plugin it is about. */
export type LogFields = Readonly<Record<string, unknown>> & { readonly plugin?: string };

export interface SupervisorLog {
  /** @param event a short name in kebab-case: `spawned`, `crashed`, `restarted`, `disabled`, … */
  write(level: SupervisorLevel, event: string, fields?: LogFields): void;
}
