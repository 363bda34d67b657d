/** Requests a second of forwarding by messages, side by side with a plain node:http reverse proxy to the same plugin. */

import { connect, type Socket } from 'node:net';
import { median } from './bench-root.mts';
import type { Figure } from './figures.mts';
import { ForwardStage } from './forward-stage.mts';

const CONNECTIONS = 64;
/** Short rounds, one front after the other: what else the machine does then falls on all of them. */
const ROUND_MS = 1_000;
const ROUNDS = 11;
/** Of the plain proxy's requests a second, ours must be 1.2 times as many. */
const MOST = 1 / 1.2;
const ANSWER_BYTES = 1024;

/** Whom requests are sent to. */
interface Aim {
  readonly port: number;
  readonly cookie: string;
  readonly perSecond: number[];
}

export async function forwardRequests(): Promise<readonly Figure[]> {
  const stage = new ForwardStage();
  try {
    await stage.open();
    const { port, cookie } = await stage.web();
    const web: Aim = { port, cookie, perSecond: [] };
    const ours: Aim = { port: (await stage.front('messages')).port, cookie, perSecond: [] };
    const plain: Aim = { port: (await stage.front('plain')).port, cookie, perSecond: [] };
    const aims = [web, ours, plain];
    // Compiled code is compared with compiled code.
    for (const aim of aims) await requestsPerSecond(aim, 2 * ROUND_MS);
    for (let round = 0; round < ROUNDS; round += 1)
      for (const aim of aims) aim.perSecond.push(await requestsPerSecond(aim, ROUND_MS));
    return [
      figure('plain node:http proxy to forwarding by messages, requests a second', ours, plain),
      figure('plain node:http proxy to the whole web plugin with a session, requests a second', web, plain),
    ];
  } finally {
    await stage.close();
  }
}

function figure(name: string, one: Aim, plain: Aim): Figure {
  const shares = plain.perSecond.map((theirs, round) => theirs / (one.perSecond[round] ?? Number.NaN));
  const value = median(shares);
  const [ours, theirs] = [median(one.perSecond), median(plain.perSecond)].map(Math.round);
  const note = `answers of 1 KiB: ${ours}/s against ${theirs}/s; ${(1 / value).toFixed(2)} times as many, median of ${ROUNDS} rounds`;
  return { name, value, unit: '', atMost: MOST, note };
}

/** One request at a time on each connection. */
async function requestsPerSecond({ port, cookie }: Aim, ms: number): Promise<number> {
  const request =
    `GET /p/bench/kib?a=1 HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nuser-agent: bench\r\naccept: */*\r\n` +
    `accept-encoding: gzip\r\ncookie: ${cookie}; theme=dark\r\n\r\n`;
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
  let count = 0;
  const from = performance.now();
  for (const socket of sockets) {
    let head = '';
    let got = 0;
    socket.on('data', (chunk: Buffer) => {
      if (got === 0) head = chunk.toString('latin1', 0, 12);
      got += chunk.length;
      // A head of a few hundred bytes and the body; what ends with another byte is another answer.
      if (got <= ANSWER_BYTES || chunk.at(-1) !== 0x78) return;
      if (head !== 'HTTP/1.1 200') throw new Error(`an answer begins with ${head}`);
      got = 0;
      count += 1;
      socket.write(request);
    });
    socket.write(request);
  }
  await new Promise((resolve) => setTimeout(resolve, ms));
  const perSecond = (count / (performance.now() - from)) * 1000;
  for (const socket of sockets) socket.destroy();
  return perSecond;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}
