/** Puts the layers of a plugin's settings together: drop-in over torud.toml over manifest over built-in. */

import type { SettingOrigin } from '../../protocol/control/plugins.ts';
import { SETTING_NAMES, type SettingName, type SettingValues, settingKey } from '../base/config-keys.ts';
import type { SettingLayer } from '../base/config-layer.ts';
import type { EffectiveSettings } from './settings.ts';

export interface ComputedSettings {
  readonly settings: EffectiveSettings;
  /** One entry a value, in the order of the settings table; keys are those of a drop-in. */
  readonly origins: readonly SettingOrigin[];
}

const BUILT_IN = 'built-in';

/**
 * Cannot fail: each layer was checked when it was read.
 * @param layers the manifest's, torud.toml's `[defaults]`, the drop-in's: a later one wins
 */
export function effectiveSettings(layers: readonly SettingLayer[]): ComputedSettings {
  const values = {} as Record<SettingName, unknown>;
  const origins: SettingOrigin[] = [];
  for (const name of SETTING_NAMES) {
    const key = settingKey(name);
    const setter = layers.findLast((layer) => layer.values.has(name));
    const value = setter === undefined ? key.builtIn : setter.values.get(name);
    values[name] = value;
    origins.push({ key: key.shownAs, value: key.show(value), source: setter?.source ?? BUILT_IN });
  }
  const environment = merge('environment', layers, (layer) => layer.environment, origins);
  const config = merge('config', layers, (layer) => layer.config, origins);
  // SettingValues is what the readers of the table give; each layer holds nothing else.
  return { settings: assemble(values as SettingValues, environment, config), origins };
}

/** Tables without a fixed set of keys are merged key by key. */
function merge<Value>(
  table: string,
  layers: readonly SettingLayer[],
  tableOf: (layer: SettingLayer) => Readonly<Record<string, Value>>,
  origins: SettingOrigin[],
): Readonly<Record<string, Value>> {
  const merged = new Map<string, { readonly value: Value; readonly source: string }>();
  for (const layer of layers) {
    for (const [key, value] of Object.entries(tableOf(layer)))
      merged.set(key, { value, source: layer.source });
  }
  for (const [key, { value, source }] of merged) origins.push({ key: `${table}.${key}`, value, source });
  return Object.fromEntries([...merged].map(([key, { value }]) => [key, value]));
}

function assemble(
  values: SettingValues,
  environment: EffectiveSettings['environment'],
  config: EffectiveSettings['config'],
): EffectiveSettings {
  return {
    restart: {
      policy: values.restartPolicy,
      delaysMs: values.restartDelaysMs,
      jitter: values.restartJitter,
      limit: values.restartLimit,
      stableAfterMs: values.restartStableAfterMs,
      successCodes: values.restartSuccessCodes,
      noRestartCodes: values.restartNoRestartCodes,
    },
    start: { aliveMs: values.startAliveMs, timeoutMs: values.startTimeoutMs },
    stop: { graceMs: values.stopGraceMs, signal: values.stopSignal },
    health: {
      intervalMs: values.healthIntervalMs,
      timeoutMs: values.healthTimeoutMs,
      unhealthyAfter: values.healthUnhealthyAfter,
      restartAfter: values.healthRestartAfter,
    },
    limits: {
      memoryBytes: values.limitsMemory,
      nofile: values.limitsNofile,
      nproc: values.limitsNproc,
      coreBytes: values.limitsCore,
      cpuSeconds: values.limitsCpuSeconds,
      fileSizeBytes: values.limitsFileSize,
    },
    log: {
      maxSizeBytes: values.logMaxSize,
      maxAgeMs: values.logMaxAgeMs,
      keep: values.logKeep,
      compress: values.logCompress,
      maxLineBytes: values.logMaxLine,
    },
    kv: { maxKeys: values.kvMaxKeys, maxBytes: values.kvMaxBytes },
    environment,
    config,
    user: values.user,
    group: values.group,
    umask: values.umask,
    nice: values.nice,
    noNewPrivileges: values.noNewPrivileges,
    groups: values.groups,
  };
}
