/** `promtool check metrics` of Prometheus, where it is installed. */

import { spawnSync } from 'node:child_process';

const IS_THERE = spawnSync('promtool', ['--version']).status === 0;

/** Why it cannot be used, for a test's title; undefined when it can. */
export const PROMTOOL_REASON: string | undefined = IS_THERE
  ? undefined
  : ' (skipped: no promtool is installed)';

/** What it has to say about a text; empty when nothing. */
export function checkWithPromtool(text: string): string {
  const done = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  const said = `${done.stdout}${done.stderr}`.trim();
  return done.status === 0 ? said : said || `ended with ${done.status}`;
}
