/** A runner as the control protocol shows it. */

import type { CompactRow, PluginHttp, PluginStatus, ShowResult } from '../../protocol/control/plugins.ts';
import type { Paths } from '../../protocol/paths.ts';
import { type Clock, formatTime } from '../base/clock.ts';
import type { CatalogEntry } from '../catalog/settings.ts';
import { placeOf } from '../runs/run-plan.ts';
import { flatten } from './crash-history.ts';
import type { Dependencies } from './dependencies.ts';
import { runOf } from './machine-model.ts';
import type { PluginRunner } from './plugin-runner.ts';
import type { ProcessUsage, Usage } from './process-usage.ts';

export class StatusView {
  readonly #clock: Clock;
  readonly #usage: ProcessUsage;
  readonly #dependencies: Dependencies;
  readonly #groupsOf: (id: string) => readonly string[];
  readonly #paths: Paths;

  /** @param groupsOf names of a plugin's groups, sorted */
  constructor(
    clock: Clock,
    usage: ProcessUsage,
    dependencies: Dependencies,
    groupsOf: (id: string) => readonly string[],
    paths: Paths,
  ) {
    this.#paths = paths;
    this.#groupsOf = groupsOf;
    this.#clock = clock;
    this.#dependencies = dependencies;
    this.#usage = usage;
  }

  status(runner: PluginRunner): PluginStatus {
    const { machine, record, view } = runner;
    const entry = view.kind === 'entry' ? view.entry : undefined;
    const { phase } = machine;
    const usage = this.#readUsage(runner);
    const http = entry === undefined ? undefined : httpOf(entry, this.#paths);
    return {
      id: runner.id,
      name: entry?.metadata.name ?? runner.id,
      version: runner.plan?.version ?? entry?.metadata.version ?? record.version,
      description: entry?.metadata.description ?? '',
      runtime: entry?.metadata.runtime ?? 'process',
      state: phase.name,
      enabled: record.enabled,
      wanted: machine.wanted,
      health: runner.health,
      ...(runner.healthDetail === undefined ? {} : { healthDetail: runner.healthDetail }),
      pid: runner.pid,
      runId: runOf(machine)?.runId ?? null,
      since: formatTime(machine.since),
      uptimeMs: this.#uptime(runner),
      restarts: machine.restarts,
      nextRestartAt: phase.name === 'backoff' ? formatTime(phase.dueAt) : null,
      reason: machine.reason,
      actor: machine.actor,
      memoryBytes: usage.memoryBytes,
      cpuPercent: usage.cpuPercent,
      linesLost: runner.linesLost,
      lastCrash: runner.lastCrash,
      lastExit: record.lastExit,
      problems: [...problemsOf(runner), ...this.#dependencies.problems(runner.id)],
      dependencies: this.#dependencies.rows(runner.id),
      neededBy: this.#dependencies.dependentsOf(runner.id),
      groups: this.#groupsOf(runner.id),
      ...(http === undefined ? {} : { http }),
      ...(entry?.metadata.icon === undefined ? {} : { icon: entry.metadata.icon }),
      ...(entry?.metadata.bundle === undefined ? {} : { bundle: entry.metadata.bundle }),
    };
  }

  compactRow(runner: PluginRunner): CompactRow {
    const { machine, record, view } = runner;
    const usage = this.#readUsage(runner);
    return [
      runner.id,
      machine.phase.name,
      record.enabled,
      view.kind === 'entry' ? view.entry.metadata.runtime : 'process',
      runner.pid,
      this.#uptime(runner),
      machine.restarts,
      usage.cpuPercent,
      usage.memoryBytes,
      view.kind === 'entry' ? view.entry.metadata.name : runner.id,
    ];
  }

  show(runner: PluginRunner): ShowResult {
    const { view, record } = runner;
    const status = this.status(runner);
    const entry = view.kind === 'entry' ? view.entry : undefined;
    const settings = entry === undefined ? [] : [...flatten(entry.settings)];
    return {
      properties: {
        ...status,
        transport: entry?.metadata.transport ?? null,
        protocol: entry?.metadata.protocol ?? null,
        command: entry?.command ?? null,
        path: entry?.path ?? null,
        digest: entry?.digest ?? record.digest,
        enabledAt: record.enabledAt,
        enabledActor: record.enabledActor,
        lastGoodRunId: record.lastGoodRunId,
        shimPid: runner.run?.shimPid ?? null,
        ...Object.fromEntries(settings.map(([key, json]) => [key, JSON.parse(json)])),
        // The setting says only what the plugin says of itself.
        groups: status.groups,
      },
      settings: entry?.origins ?? [],
    };
  }

  #readUsage(runner: PluginRunner): Usage {
    return this.#usage.read(runner.id, runner.pid, this.#uptime(runner) ?? 0);
  }

  #uptime(runner: PluginRunner): number | null {
    const run = runOf(runner.machine);
    if (run === undefined || runner.pid === null) return null;
    return Math.max(0, Math.round(this.#clock.now() - run.startedAt));
  }
}

/** Over stdio there is but one connection, which is torud's: such a plugin is reached by plain HTTP or not at all. */
function httpOf({ id, metadata }: CatalogEntry, paths: Paths): PluginHttp | undefined {
  const { transport, route, http_socket: isServing } = metadata;
  if (transport !== 'socket' && !isServing) return undefined;
  const place = placeOf(paths, id);
  return {
    route: route ?? null,
    socket: transport === 'socket' ? place.socketPath : null,
    httpSocket: isServing ? place.httpSocketPath : null,
  };
}

function problemsOf(runner: PluginRunner): readonly string[] {
  const { plan, view, run } = runner;
  const problems: string[] = [];
  if (plan !== undefined && view.kind === 'entry' && plan.digest !== view.entry.digest) {
    problems.push('changed on disk: its files are not those that run; "toru restart" takes the new ones');
  }
  if (plan !== undefined && view.kind === 'refused') problems.push(`changed on disk: ${view.reason}`);
  if (plan !== undefined && view.kind === 'gone') problems.push('its files are gone from the plugin folder');
  if (run?.isBare) {
    problems.push('log capture lost: its toru-shim was killed; "toru restart" repairs it');
  }
  return problems;
}
