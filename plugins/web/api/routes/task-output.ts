/** What a task has written: as a file, or as it comes. */

import * as z from 'zod/mini';
import type { Task } from '../../../../src/protocol/control/tasks.ts';
import { failure } from '../../../../src/protocol/result.ts';
import { EventWriter } from '../follow/event-writer.ts';
import { bytesOf, followTaskOutput } from '../follow/task-output.ts';
import { type Call, type Reply, type Route, refuse, route, SENT } from '../route.ts';
import { optional, wholeText, yesOrNo } from '../schemas/basics.ts';
import { isStillKnown } from '../still-known.ts';
import { oneTask } from './tasks.ts';

const query = z.object({
  stream: optional(z.enum(['stdout', 'stderr', 'both'])),
  from: optional(wholeText),
  tail: optional(wholeText),
  follow: optional(yesOrNo),
});

type OutputCall = Call<z.output<typeof oneTask>, z.output<typeof query>, unknown>;

const read = route({
  name: 'task.output',
  method: 'get',
  path: '/tasks/:task/output',
  does:
    'the bytes that a task has written to stdout, stderr or both, in the order in which it wrote them: from that offset in both ' +
    'together, or the last tail bytes; with follow=true server-sent events until it has ended',
  tag: 'tasks',
  role: 'view',
  needsAllPlugins: true,
  params: oneTask,
  query,
  answers: {
    200: { does: 'the field X-Output-Cut says that some of it is no longer kept', type: 'text/plain' },
  },
  problems: [404, 429, 503],
  handle: async (call) => {
    const shown = await call.services.daemon.call('task.show', { id: call.params.task });
    if (!shown.ok) return refuse(shown.failure);
    const { follow } = call.services;
    const full = follow.enterOwn(call.identity);
    if (full !== undefined) return failure(full);
    const isFollowed = call.query.follow === 'true' && call.request.method !== 'HEAD';
    return isFollowed ? followed(call, shown.value.task) : file(call, shown.value.task);
  },
});

function rangeOf({ from, tail }: OutputCall['query']): { from: number; tailBytes?: number } {
  return { from: Number(from ?? 0), ...(tail === undefined ? {} : { tailBytes: Number(tail) }) };
}

async function file(call: OutputCall, task: Task): Promise<Reply> {
  const { query, request, response, services } = call;
  const name = `${task.script.replace(/[^A-Za-z0-9._-]/g, '_')}-${task.id.slice(-12)}.txt`;
  response.statusCode = 200;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('content-disposition', `attachment; filename="${name}"`);
  if (task.outputCut) response.setHeader('x-output-cut', 'true');
  const { stream, close } = services.daemon.stream('task.output', { id: task.id, ...rangeOf(query) });
  response.once('close', close);
  response.on('error', () => undefined);
  const wanted = query.stream ?? 'both';
  // The two kinds of response have the same `write`, in types that do not go together.
  const out = response as NodeJS.WritableStream;
  for await (const item of request.method === 'HEAD' ? [] : stream) {
    if (item.kind !== 'chunk' || (wanted !== 'both' && item.stream !== wanted)) continue;
    if (response.destroyed) break;
    if (!out.write(bytesOf(item))) await drained(response);
  }
  close();
  const outcome = request.method === 'HEAD' ? undefined : await stream.outcome;
  services.follow.leaveOwn(call.identity);
  // What is cut off must not look whole.
  if (outcome?.ok === false) response.destroy();
  else out.end();
  return SENT;
}

function drained(response: OutputCall['response']): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.removeListener('drain', settle);
      response.removeListener('close', settle);
      resolve();
    };
    response.once('drain', settle);
    response.once('close', settle);
  });
}

function followed(call: OutputCall, task: Task): Reply {
  const { query, request, response, services } = call;
  const writer = new EventWriter(response, () => isStillKnown(call), services.follow.closing);
  const last = request.headers['last-event-id'];
  const cameBack = typeof last === 'string' && /^\d{1,15}$/.test(last);
  const range = cameBack ? { from: Number(last) } : rangeOf(query);
  const wanted = query.stream ?? 'both';
  const send = (event: string, value: unknown, id?: number): void =>
    writer.write(
      `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(value)}\n\n`,
    );
  void followTaskOutput({
    daemon: services.daemon,
    taskId: task.id,
    ...range,
    sink: writer,
    reader: {
      onText: ({ stream, ...chunk }) => {
        if (wanted === 'both' || wanted === stream) send(stream, chunk, chunk.next);
      },
      onGap: (bytes, next) => send('gap', { bytes, next }, next),
      onTask: (changed) => send('task', { task: changed }),
    },
  })
    .then((ended) => send('end', ended.ok ? { task: ended.value } : { error: ended.failure }))
    .finally(() => {
      writer.end();
      services.follow.leaveOwn(call.identity);
    });
  return SENT;
}

export const TASK_OUTPUT_ROUTES: readonly Route[] = [read];
