/** Version of this build of toru and torud (semver). package.json holds the same one; a test compares them. */
export const VERSION = '0.1.0';

/** Major number of the control protocol (PROTOCOL.md, section 2). Growth inside a major is by capabilities. */
export const CONTROL_PROTOCOL = 1;

/** Major number of the plugin protocol (PROTOCOL.md, section 1). */
export const PLUGIN_PROTOCOL = 1;

/** Value of `"schema"` in every JSON document that the command line prints. */
export const JSON_SCHEMA = 1;

/** Named abilities of this daemon's control protocol; a client asks for a name, never for a version. */
export const CAPABILITIES: readonly string[] = [
  'plugins',
  'logs',
  'crashes',
  'events',
  'kv',
  'watch',
  'upgrade',
  'log-level',
  'metrics',
  'dependencies',
  'install',
  'drop-in',
  'audit',
  'on-behalf-of',
  'tasks',
  'schedules',
  'quick-actions',
  'system',
];
