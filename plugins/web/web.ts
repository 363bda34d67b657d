#!/usr/bin/env node

/** The program of the plugin `web`. */

import { failure, type Result } from '../../src/protocol/result.ts';
import { definePlugin } from '../sdk/index.ts';
import { Module, type OpenFault } from './module.ts';
import metadata from './plugin.json';
import { readSettings } from './settings.ts';
import { strangers } from './variables.ts';

/** EX_CONFIG (sysexits.h): starting again would end the same way, so torud does not (`no_restart_codes`). */
const CONFIG_EXIT = 78;

let running: Module | undefined;

definePlugin({
  metadata: { ...metadata, runtime: 'process', transport: 'socket' },
  init: async ({ dataDir, log }) => {
    const settings = readSettings(process.env);
    for (const name of strangers(process.env)) log.warning(`${name} is no setting of web; see toru-web(1)`);
    const opened = settings.ok ? await Module.open(settings.value, dataDir) : wrong(settings.failure);
    if (opened.ok) {
      running = opened.value;
      return;
    }
    log.err(opened.failure.text);
    // Its answer to init is lost: the log has said why.
    process.exit(opened.failure.isFinal ? CONFIG_EXIT : 1);
  },
  health: () => ({ status: 'healthy' }),
  shutdown: async () => running?.close(),
});

function wrong(text: string): Result<never, OpenFault> {
  return failure({ text, isFinal: true });
}
