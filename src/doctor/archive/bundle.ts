/** The archive for a bug report: contents, without secrets, with a list of what is in it. */

import { gzipSync } from 'node:zlib';
import type { BundledFile, DoctorBundle } from '../../protocol/programs.ts';
import { JSON_SCHEMA, VERSION } from '../../protocol/version.ts';
import type { Examination } from '../examine.ts';
import type { Part } from './contents.ts';
import { contentsOf } from './contents.ts';
import { type Redacted, Redactor } from './redactor.ts';
import { tarOf } from './tar.ts';

/** Folder that everything lies in, so that unpacking makes no mess. */
const FOLDER = 'toru-doctor';
/** Most that one file has in the archive, in bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

export async function makeBundle(examination: Examination): Promise<DoctorBundle> {
  const redactor = new Redactor();
  const parts = await contentsOf(examination);
  const first = parts.map((part) => ({ part, redacted: redact(redactor, part) }));
  const cleaned = unique(first.map(({ part, redacted }) => ({ part, ...redactor.again(redacted) })));
  const files: BundledFile[] = cleaned.map(({ part, text, count }) => ({
    name: part.name,
    bytes: Buffer.byteLength(text),
    secretsRemoved: count,
    isCut: part.isCut,
  }));
  const secretsRemoved = files.reduce((sum, file) => sum + file.secretsRemoved, 0);
  const { nowMs } = examination.view;
  const manifest = {
    schema: JSON_SCHEMA,
    version: VERSION,
    madeAt: new Date(nowMs).toISOString(),
    secretsRemoved,
    files,
  };
  const archived = [
    { name: `${FOLDER}/manifest.json`, bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) },
    ...cleaned.map(({ part, text }) => ({ name: `${FOLDER}/${part.name}`, bytes: Buffer.from(text) })),
  ];
  return {
    archive: gzipSync(tarOf(archived, nowMs / 1000)),
    files,
    secretsRemoved,
    report: examination.report,
  };
}

function redact(redactor: Redactor, { form, text }: Part): Redacted {
  const bounded = text.slice(0, MOST_BYTES);
  if (form === 'json') return redactor.json(bounded);
  if (form === 'toml') return redactor.toml(bounded);
  return form === 'lines' ? redactor.lines(bounded) : redactor.text(bounded);
}

/** Two names that became one keep both their files. */
function unique<Cleaned extends { readonly part: Part }>(all: readonly Cleaned[]): readonly Cleaned[] {
  const seen = new Map<string, number>();
  return all.map((one) => {
    const times = (seen.get(one.part.name) ?? 0) + 1;
    seen.set(one.part.name, times);
    return times === 1 ? one : { ...one, part: { ...one.part, name: `${one.part.name}.${times}` } };
  });
}
