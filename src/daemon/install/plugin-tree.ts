/**
 * What a plugin's folder will hold, known before a link is made: which names are taken, and where links lead. Names and
 * links are judged here alone, whatever they come from.
 */

import { quoteName, refuse } from './unpack-failure.ts';
import { limitText, type UnpackLimits } from './unpack-limits.ts';

type Node =
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly target: string };

/** Steps through links that all links together may take. */
const MAX_LINK_STEPS = 1_000_000;
/** Links in a row, as Linux follows them (path_resolution(7)). */
const MAX_LINKS_IN_A_ROW = 40;

export class PluginTree {
  readonly #limits: UnpackLimits;
  /** By path below the root, segments joined by `/`. */
  readonly #nodes = new Map<string, Node>();
  #files = 0;
  #bytes = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  /** Files and links. */
  get files(): number {
    return this.#files;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Folders, each after the one that it lies in. */
  get folders(): readonly string[] {
    return [...this.#nodes].flatMap(([path, node]) => (node.kind === 'folder' ? [path] : []));
  }

  get links(): ReadonlyMap<string, string> {
    const links = new Map<string, string>();
    for (const [path, node] of this.#nodes) if (node.kind === 'link') links.set(path, node.target);
    return links;
  }

  /** Notes the folder and those around it. @returns the new ones, outermost first */
  addFolder(raw: string): readonly string[] {
    const segments = this.#segments(raw);
    if (segments.length === 0) return [];
    return this.#makeFolders(segments, raw);
  }

  /** @returns its path, and the folders around it that are new, outermost first */
  addFile(raw: string): { readonly path: string; readonly newFolders: readonly string[] } {
    return this.#add(raw, { kind: 'file' });
  }

  addLink(raw: string, target: string): { readonly path: string; readonly newFolders: readonly string[] } {
    if (target === '' || target.includes('\0')) throw refuse(`the link ${quoteName(raw)} leads nowhere`);
    if (Buffer.byteLength(target) > this.#limits.maxPathBytes)
      throw refuse(
        `the link ${quoteName(raw)} leads to a path longer than ${this.#limits.maxPathBytes} bytes`,
      );
    return this.#add(raw, { kind: 'link', target });
  }

  /** The path of a file that was added before, for a hard link. */
  knownFile(raw: string, link: string): string {
    const path = this.#segments(raw).join('/');
    const node = this.#nodes.get(path);
    if (node?.kind === 'file') return path;
    if (node?.kind === 'link')
      throw refuse(`the hard link ${quoteName(link)} leads through the link ${quoteName(path)}`);
    throw refuse(
      `the hard link ${quoteName(link)} leads to ${quoteName(raw)}, which is no file before it in the archive`,
    );
  }

  /** Counts bytes of files. */
  addBytes(count: number): void {
    this.expectBytes(count);
    this.#bytes += count;
  }

  /** Throws when so many more are too many, before anybody writes them. */
  expectBytes(count: number): void {
    if (this.#bytes + count > this.#limits.maxBytes)
      throw refuse(`it is more than ${limitText(this.#limits.maxBytes)} unpacked`);
  }

  /** The one folder at the top, when there is nothing beside it; else empty. */
  topFolder(): string {
    const tops = [...this.#nodes].filter(([path]) => !path.includes('/'));
    const [only] = tops;
    return tops.length === 1 && only?.[1].kind === 'folder' ? only[0] : '';
  }

  /** Throws for a link that leads out of `root`, also by way of another link, or in a circle. */
  checkLinks(root: string): void {
    const budget = { steps: MAX_LINK_STEPS };
    for (const path of this.links.keys()) this.#follow(path, root, budget);
  }

  #follow(path: string, root: string, budget: { steps: number }): void {
    const inside = (segments: readonly string[]): string =>
      root === '' ? segments.join('/') : [root, ...segments].join('/');
    const at = (root === '' ? path : path.slice(root.length + 1)).split('/');
    let pending = [at.pop() ?? ''];
    let hops = 0;
    for (let step = pending.shift(); step !== undefined; step = pending.shift()) {
      if (--budget.steps < 0) throw refuse('its links lead through too many others');
      if (step === '' || step === '.') continue;
      if (step === '..') {
        if (at.pop() === undefined) throw leadsOut(path, this.#nodes.get(path));
        continue;
      }
      at.push(step);
      const node = this.#nodes.get(inside(at));
      if (node?.kind !== 'link') continue;
      if (++hops > MAX_LINKS_IN_A_ROW) throw refuse(`the link ${quoteName(path)} leads in a circle`);
      if (node.target.startsWith('/')) throw leadsOut(path, this.#nodes.get(path));
      at.pop();
      pending = [...node.target.split('/'), ...pending];
    }
  }

  #add(raw: string, node: Node): { readonly path: string; readonly newFolders: readonly string[] } {
    const segments = this.#segments(raw);
    const path = segments.join('/');
    if (path === '') throw refuse(`${quoteName(raw)} is no name of a file`);
    const newFolders = this.#makeFolders(segments.slice(0, -1), raw);
    if (this.#nodes.has(path)) throw refuse(`${quoteName(path)} is there twice`);
    this.#set(path, node);
    this.#files += 1;
    return { path, newFolders };
  }

  #makeFolders(segments: readonly string[], raw: string): readonly string[] {
    const made: string[] = [];
    let path = '';
    for (const segment of segments) {
      path = path === '' ? segment : `${path}/${segment}`;
      const known = this.#nodes.get(path);
      if (known?.kind === 'link') throw refuse(`${quoteName(raw)} goes through the link ${quoteName(path)}`);
      if (known?.kind === 'file') throw refuse(`${quoteName(raw)} goes through the file ${quoteName(path)}`);
      if (known !== undefined) continue;
      this.#set(path, { kind: 'folder' });
      made.push(path);
    }
    return made;
  }

  #set(path: string, node: Node): void {
    if (this.#nodes.size >= this.#limits.maxEntries)
      throw refuse(`it has more than ${this.#limits.maxEntries} files and folders`);
    this.#nodes.set(path, node);
  }

  /** The checked parts of a path; none for the root itself. */
  #segments(raw: string): string[] {
    const { maxPathBytes, maxNameBytes, maxDepth } = this.#limits;
    if (Buffer.byteLength(raw) > maxPathBytes)
      throw refuse(`the path ${quoteName(raw)} is longer than ${maxPathBytes} bytes`);
    if (raw.startsWith('/')) throw refuse(`the path ${quoteName(raw)} is absolute`);
    if (raw.includes('\\')) throw refuse(`the path ${quoteName(raw)} has a backslash`);
    if (/\p{Cc}/u.test(raw)) throw refuse(`the path ${quoteName(raw)} has a control character`);
    const segments = raw.split('/').filter((segment) => segment !== '' && segment !== '.');
    if (segments.includes('..')) throw refuse(`the path ${quoteName(raw)} leads out of the folder by ".."`);
    if (segments.length > maxDepth) throw refuse(`${quoteName(raw)} lies in more than ${maxDepth} folders`);
    const long = segments.find((segment) => Buffer.byteLength(segment) > maxNameBytes);
    if (long !== undefined) throw refuse(`the name ${quoteName(long)} is longer than ${maxNameBytes} bytes`);
    return segments;
  }
}

function leadsOut(path: string, node: Node | undefined): Error {
  const target = node?.kind === 'link' ? `, to ${quoteName(node.target)}` : '';
  return refuse(`the link ${quoteName(path)} leads out of the folder${target}`);
}
