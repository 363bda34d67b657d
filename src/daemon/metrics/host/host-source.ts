/** The files that are read at each look, as they are. */

import { ProcFile } from './proc-file.ts';

/** The texts of one look. */
export interface HostTexts {
  readonly stat: string;
  readonly meminfo: string;
  readonly loadavg: string;
  readonly networks: string;
  readonly diskstats: string;
}

/** Where texts come from: /proc, or a test. */
export interface HostSource {
  read(): HostTexts;
  close(): void;
}

export class ProcSource implements HostSource {
  readonly #stat: ProcFile;
  readonly #meminfo: ProcFile;
  readonly #loadavg: ProcFile;
  readonly #networks: ProcFile;
  readonly #diskstats: ProcFile;

  constructor(folder = '/proc') {
    // The counters of interrupts behind it are long.
    this.#stat = new ProcFile(`${folder}/stat`, { end: 'intr', isOnePiece: true });
    this.#meminfo = new ProcFile(`${folder}/meminfo`, { isOnePiece: true });
    this.#loadavg = new ProcFile(`${folder}/loadavg`, { isOnePiece: true });
    this.#networks = new ProcFile(`${folder}/net/dev`);
    this.#diskstats = new ProcFile(`${folder}/diskstats`);
  }

  read(): HostTexts {
    return {
      stat: this.#stat.read(),
      meminfo: this.#meminfo.read(),
      loadavg: this.#loadavg.read(),
      networks: this.#networks.read(),
      diskstats: this.#diskstats.read(),
    };
  }

  close(): void {
    for (const file of [this.#stat, this.#meminfo, this.#loadavg, this.#networks, this.#diskstats])
      file.close();
  }
}
