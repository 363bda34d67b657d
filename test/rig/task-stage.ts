/** A real torud with scripts on a root of its own, driven over the control socket; waits for states, never for time. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Task, TaskOutputItem, TaskWatchItem } from '../../src/protocol/control/tasks.ts';
import type { DaemonRig } from './daemon-rig.ts';
import { type Answer, PluginStage } from './plugin-stage.ts';

export class TaskStage implements AsyncDisposable {
  readonly stage: PluginStage;

  private constructor(stage: PluginStage) {
    this.stage = stage;
  }

  /** torud runs, and these scripts (name: body after `#!/bin/sh`, or a whole text with its own first line) are there. */
  static async open(scripts: Readonly<Record<string, string>>, config = ''): Promise<TaskStage> {
    const opened = new TaskStage(await PluginStage.make(config));
    try {
      for (const [name, body] of Object.entries(scripts)) opened.write(name, body);
      await opened.rig.start();
      return opened;
    } catch (thrown) {
      await opened[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** Scripts and tasks of a stage that is somebody else's to end. */
  static over(stage: PluginStage, scripts: Readonly<Record<string, string>>): TaskStage {
    const made = new TaskStage(stage);
    for (const [name, body] of Object.entries(scripts)) made.write(name, body);
    return made;
  }

  get rig(): DaemonRig {
    return this.stage.rig;
  }

  get paths(): DaemonRig['paths'] {
    return this.stage.paths;
  }

  write(name: string, body: string, mode = 0o755): string {
    mkdirSync(this.paths.scriptsFolder, { recursive: true, mode: 0o755 });
    const path = join(this.paths.scriptsFolder, name);
    writeFileSync(path, body.startsWith('#!') ? body : `#!/bin/sh\n${body}\n`, { mode });
    return path;
  }

  call(method: string, params: object = {}): Promise<Answer> {
    return this.stage.call(method, params);
  }

  /** Asks for a task; throws when it is refused. */
  async run(script: string, params: object = {}): Promise<Task> {
    const { task, error } = await this.call('task.run', { script, ...params });
    if (error !== undefined) throw new Error(`${script}: ${JSON.stringify(error)}`);
    return task as Task;
  }

  async show(id: string): Promise<Task> {
    return (await this.call('task.show', { id })).task as Task;
  }

  /** All that are kept, newest first. */
  async list(params: object = {}): Promise<readonly Task[]> {
    return (await this.call('task.list', { limit: 1000, ...params })).tasks as readonly Task[];
  }

  /** Waits for its end. */
  async ended(id: string): Promise<Task> {
    const { task, error } = await this.call('task.wait', { id });
    if (error !== undefined) throw new Error(`${id}: ${JSON.stringify(error)}`);
    return task as Task;
  }

  /** Asks for a task and waits for its end. */
  async done(script: string, params: object = {}): Promise<Task> {
    return this.ended((await this.run(script, params)).id);
  }

  /** Waits, told by task.watch, until the task is as wanted. */
  async until(id: string, isWanted: (task: Task) => boolean): Promise<Task> {
    for await (const item of this.stage.items('task.watch', { limit: 1000 })) {
      const watched = item as unknown as TaskWatchItem;
      const seen = watched.kind === 'snapshot' ? watched.tasks : [watched.task];
      const found = seen.find((task) => task.id === id && isWanted(task));
      if (found !== undefined) return found;
    }
    throw new Error(`task ${id} never got there; it is ${JSON.stringify(await this.show(id))}`);
  }

  /** Follows the output until it holds this text. */
  async untilOutput(id: string, text: string): Promise<void> {
    let all = '';
    for await (const item of this.output(id, { follow: true })) {
      if (item.kind !== 'chunk') continue;
      all += bytesOf(item).toString('utf8');
      if (all.includes(text)) return;
    }
    throw new Error(`task ${id} never wrote ${JSON.stringify(text)}, but ${JSON.stringify(all.slice(-500))}`);
  }

  async *output(id: string, params: object = {}): AsyncGenerator<TaskOutputItem> {
    for await (const item of this.stage.items('task.output', { id, ...params }))
      yield item as unknown as TaskOutputItem;
  }

  /** What is kept of a stream, or of both in the order written. */
  async text(id: string, stream?: 'stdout' | 'stderr', params: object = {}): Promise<string> {
    const parts: Buffer[] = [];
    for await (const item of this.output(id, params)) {
      if (item.kind === 'chunk' && (stream === undefined || item.stream === stream))
        parts.push(bytesOf(item));
    }
    return Buffer.concat(parts).toString('utf8');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stage[Symbol.asyncDispose]();
  }
}

export function bytesOf(chunk: TaskOutputItem & { kind: 'chunk' }): Buffer {
  return chunk.text === undefined
    ? Buffer.from(chunk.base64 ?? '', 'base64')
    : Buffer.from(chunk.text, 'utf8');
}
