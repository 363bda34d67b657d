/** The checkout's own files, and what each imports: for tests about the source itself. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { CHECKOUT } from './programs.ts';

/** Made by tools, or not ours. */
const NOT_OURS = new Set(['node_modules', 'dist', 'build', '.toru', '.git', 'coverage', '__pycache__']);

/** All files below a folder of the checkout, relative to the checkout, sorted. */
export function listFiles(folder: string): readonly string[] {
  return readdirSync(join(CHECKOUT, folder), { withFileTypes: true })
    .filter((entry) => !NOT_OURS.has(entry.name))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? listFiles(path) : entry.isFile() ? [path] : [];
    })
    .sort();
}

export function readText(path: string): string {
  return readFileSync(join(CHECKOUT, path), 'utf8');
}

export function countLines(path: string): number {
  return readText(path).trimEnd().split('\n').length;
}

export interface ImportedModule {
  /** A path in the checkout (`src/protocol/result.ts`), a package (`zod`) or a built-in (`node:net`). */
  readonly target: string;
  readonly isPackage: boolean;
  /** What stands between `import` and `from`. */
  readonly names: string;
}

const COMMENT_OR_STRING =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const IMPORT_FROM = /\b(?:import|export)\b([^'"`;()=]*?)\bfrom\s*['"]([^'"]+)['"]/g;
const IMPORT_BARE = /(?<!['"])\bimport\s*()['"]([^'"]+)['"]/g;
const IMPORT_CALL = /\b(?:import|require)\s*\(()\s*['"]([^'"]+)['"]/g;

/** The text without comments and template literals; other strings stay, imports need them. */
export function withoutComments(text: string): string {
  return text.replace(COMMENT_OR_STRING, (piece) =>
    /^['"]/.test(piece) ? piece : piece.startsWith('`') ? '``' : ' ',
  );
}

/** Everything that a TypeScript file imports, types included. */
export function importsOf(path: string): readonly ImportedModule[] {
  return importsIn(readText(path), path);
}

/** The same for a text that stands, or would stand, at `path`. */
export function importsIn(text: string, path: string): readonly ImportedModule[] {
  const code = withoutComments(text);
  return [IMPORT_FROM, IMPORT_BARE, IMPORT_CALL].flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => toModule(match[2] ?? '', match[1] ?? '', path)),
  );
}

function toModule(specifier: string, names: string, path: string): ImportedModule {
  if (specifier.startsWith('node:')) return { target: specifier, isPackage: true, names };
  const target = specifier.startsWith('.') ? posix.join(dirname(path), specifier) : specifier;
  // A file inside a package may be imported by its path, where the package exports it by no name.
  const isPackage = target === specifier || target.startsWith('node_modules/');
  return { target: isPackage ? packageOf(target.replace('node_modules/', '')) : target, isPackage, names };
}

function packageOf(specifier: string): string {
  const words = specifier.split('/');
  return words.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
