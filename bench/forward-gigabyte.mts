/** 1 GB down and up through the HTTP socket of a plugin: what it adds to the front's memory, and how fast it goes. */

import { once } from 'node:events';
import { request as ask, type IncomingMessage } from 'node:http';
import type { Figure } from './figures.mts';
import { ForwardStage, type Front } from './forward-stage.mts';

const GB = 1_000_000_000;
const MB = 1_000_000;
const SAMPLE_MS = 50;

export async function forwardGigabyte(): Promise<readonly Figure[]> {
  const stage = new ForwardStage();
  try {
    await stage.open();
    const front = await stage.front('http');
    // What the first request loads is not what the body needs.
    await download(front.port, 1024);
    await upload(front.port, 1024);
    return [
      await measure(front, '1 GB down', (port) => download(port, GB)),
      await measure(front, '1 GB up', (port) => upload(port, GB)),
    ];
  } finally {
    await stage.close();
  }
}

async function measure(front: Front, name: string, run: (port: number) => Promise<void>): Promise<Figure> {
  const before = await front.rss(true);
  let peak = before;
  let isDone = false;
  const from = performance.now();
  const running = run(front.port).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    peak = Math.max(peak, await front.rss(false));
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  await running;
  const seconds = (performance.now() - from) / 1000;
  const note = `${Math.round(before / MB)} MB before, ${Math.round(peak / MB)} MB at most, ${Math.round(GB / MB / seconds)} MB/s`;
  return { name: `${name}: memory added`, value: (peak - before) / MB, unit: 'MB', atMost: 30, note };
}

async function download(port: number, bytes: number): Promise<void> {
  const request = ask({ host: '127.0.0.1', port, path: `/p/bench/download/${bytes}` }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let got = 0;
  for await (const chunk of response) got += (chunk as Buffer).length;
  if (got !== bytes) throw new Error(`${got} bytes came of ${bytes}`);
}

async function upload(port: number, bytes: number): Promise<void> {
  const request = ask({
    host: '127.0.0.1',
    port,
    path: '/p/bench/upload',
    method: 'POST',
    headers: { 'content-length': bytes },
  });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  const chunk = Buffer.alloc(64 * 1024, 'u');
  for (let left = bytes; left > 0; left -= chunk.length)
    if (!request.write(chunk.subarray(0, Math.min(left, chunk.length)))) await once(request, 'drain');
  request.end();
  const [response] = await answered;
  let text = '';
  for await (const part of response) text += String(part);
  if (text !== String(bytes)) throw new Error(`the plugin got ${text} bytes of ${bytes}`);
}
