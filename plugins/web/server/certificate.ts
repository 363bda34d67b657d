/** The certificate and its key: read, checked, and read again when the files change. */

import { X509Certificate } from 'node:crypto';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import { failure, messageOf, type Result, success } from '../../../src/protocol/result.ts';
import type { TlsFiles } from '../settings.ts';

export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

/** Whoever renews writes both files, not in one moment. */
const SETTLE_MS = 200;

/** The failure: one line that names the file. */
export function readCertificate(files: TlsFiles): Result<CertificatePair, string> {
  const texts: string[] = [];
  for (const file of [files.certificate, files.key]) {
    try {
      texts.push(readFileSync(file, 'utf8'));
    } catch (thrown) {
      return failure(`${file}: ${messageOf(thrown)}`);
    }
  }
  const [certificate = '', key = ''] = texts;
  try {
    createSecureContext({ cert: certificate, key });
    // Which is the one of the server itself.
    new X509Certificate(certificate);
  } catch (thrown) {
    return failure(`${files.certificate} and ${files.key}: ${messageOf(thrown)}`);
  }
  return success({ certificate, key });
}

/** Tells of each new pair that is good, and of each that is not. */
export class CertificateWatch {
  readonly #files: TlsFiles;
  readonly #onRead: (read: Result<CertificatePair, string>) => void;
  readonly #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: string;

  constructor(
    files: TlsFiles,
    current: CertificatePair,
    onRead: (read: Result<CertificatePair, string>) => void,
  ) {
    this.#files = files;
    this.#last = current.certificate + current.key;
    this.#onRead = onRead;
    // The folders: renewing replaces the files, or the links that lead to them.
    for (const folder of new Set([dirname(files.certificate), dirname(files.key)])) {
      const names = [files.certificate, files.key].map((file) => basename(file));
      const watcher = watch(folder, (_change, name) => {
        if (name === null || names.includes(name) || name.startsWith('..')) this.#schedule();
      });
      watcher.on('error', (thrown) =>
        this.#onRead(failure(`${folder} is watched no more: ${messageOf(thrown)}`)),
      );
      this.#watchers.push(watcher);
    }
  }

  /** Reads now. */
  check(): void {
    const read = readCertificate(this.#files);
    if (read.ok && read.value.certificate + read.value.key === this.#last) return;
    if (read.ok) this.#last = read.value.certificate + read.value.key;
    this.#onRead(read);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), SETTLE_MS);
  }
}
