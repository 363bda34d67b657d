/** How much a running task has written so far: the end of the last record of its newest file. */

import type { OutputFiles } from './output-files.ts';
import { OutputSegment } from './output-record.ts';

export interface OutputTotal {
  readonly bytes: number;
  readonly isCut: boolean;
  readonly segment: number;
}

export class OutputMeter {
  readonly #files: OutputFiles;
  readonly #id: string;
  #segment = 0;
  #at = 0;
  #bytes = 0;
  #isCut = false;

  constructor(files: OutputFiles, id: string) {
    this.#files = files;
    this.#id = id;
  }

  /** Reads on from where the last look ended; each record costs only its header. */
  read(): OutputTotal {
    for (let goesOn = this.#readFile(); goesOn; goesOn = this.#readFile()) {
      this.#segment += 1;
      this.#at = 0;
    }
    return { bytes: this.#bytes, isCut: this.#isCut, segment: this.#segment };
  }

  /** True when there is a next file. */
  #readFile(): boolean {
    const file = OutputSegment.open(this.#files.path(this.#id, this.#segment));
    // The head comes first, and stays.
    if (file === undefined) return this.#segment > 0 && this.#jump();
    let isClosed: boolean;
    try {
      // Before its records: what comes into it after them is not missed.
      isClosed = file.isClosed;
      for (let next = file.header(this.#at); next !== undefined; next = file.header(this.#at)) {
        if (next.offset > this.#bytes) this.#isCut = true;
        this.#bytes = next.offset + next.length;
        this.#at = next.nextAt;
      }
    } finally {
      file.close();
    }
    return isClosed && (this.#files.has(this.#id, this.#segment + 1) || this.#jump());
  }

  /** Files may have come and gone since the last look. */
  #jump(): boolean {
    const newer = this.#files.segments(this.#id).find((number) => number > this.#segment);
    if (newer === undefined) return false;
    this.#segment = newer - 1;
    this.#isCut = true;
    return true;
  }
}
