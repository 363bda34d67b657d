/**
 * One opening of a plugin's page:
 *
 *   fetch ──▶ import ──▶ mount ──▶ open ──▶ left
 *     └──────────┴─────────┴──▶ fault
 *
 * Whatever the page's code does, the console goes on: what it throws becomes a fault, what never settles is given up on, and a
 * mount that comes to an end after one has left is unmounted then.
 */

import { watchLaterFaults } from './later-faults.ts';
import { editionOf, loadModule, type PageModule } from './load-bundle.ts';
import type { PageApi } from './page-api.ts';
import { type PageFault, thrownText } from './page-fault.ts';

/** For loading, and for mounting, in milliseconds. */
const LIMIT_MS = 10_000;

export interface OpeningOptions {
  readonly id: string;
  /** The container goes into it. */
  readonly frame: HTMLElement;
  readonly api: PageApi;
  /** 0 for the first try. */
  readonly attempt: number;
  readonly limitMs?: number;
  readonly onOpen: (edition: string) => void;
  /** `later` may come more than once, after onOpen. */
  readonly onFault: (fault: PageFault) => void;
}

/** Answers what leaves the page; then nothing more is told but a fault of `unmount`. */
export function openPage(options: OpeningOptions): () => void {
  const opening = new Opening(options);
  void opening.run();
  return () => opening.leave();
}

class Opening {
  readonly #options: OpeningOptions;
  readonly #left = new AbortController();
  readonly #container = document.createElement('div');
  /** Set while there is something to unmount. */
  #mounted: PageModule | undefined;
  #hasFailed = false;

  constructor(options: OpeningOptions) {
    this.#options = options;
    this.#container.className = 'plugin-page';
    options.frame.replaceChildren(this.#container);
  }

  async run(): Promise<void> {
    const { id, attempt, api, onOpen, onFault } = this.#options;
    const loaded = await this.#within('import', 'it has not come', async () => {
      const edition = await editionOf(id, this.#left.signal);
      if (!edition.ok) return edition;
      const module = await loadModule(id, edition.value, attempt);
      return module.ok
        ? { ok: true as const, value: { edition: edition.value, module: module.value } }
        : module;
    });
    if (loaded === undefined || this.#left.signal.aborted) return;
    if (!loaded.ok) return this.#fail(loaded.failure);
    const { edition, module } = loaded.value;
    watchLaterFaults(id, this.#left.signal, (fault) => {
      if (!this.#hasFailed && this.#mounted !== undefined) onFault(fault);
    });
    const mounted = await this.#within('mount', '"mount" has not ended', async () => {
      await module.mount(this.#container, api);
      this.#onMounted(module);
      return true;
    });
    if (mounted === true && !this.#left.signal.aborted) onOpen(edition);
  }

  leave(): void {
    if (this.#left.signal.aborted) return;
    this.#left.abort();
    this.#unmount();
    this.#container.remove();
  }

  /** Late, when nobody waits for it any more: then it goes at once. */
  #onMounted(module: PageModule): void {
    this.#mounted = module;
    if (this.#left.signal.aborted || this.#hasFailed) this.#unmount();
  }

  #unmount(): void {
    const module = this.#mounted;
    this.#mounted = undefined;
    if (typeof module?.unmount !== 'function') return;
    const { onFault } = this.#options;
    const onThrown = (thrown: unknown): void =>
      onFault({ stage: 'unmount', text: thrownText(thrown), thrown });
    try {
      // Nobody waits for it: the container is gone already.
      Promise.resolve(module.unmount(this.#container)).catch(onThrown);
    } catch (thrown) {
      onThrown(thrown);
    }
  }

  #fail(fault: PageFault): void {
    if (this.#left.signal.aborted || this.#hasFailed) return;
    this.#hasFailed = true;
    this.#unmount();
    // What it has drawn up to now may be anything.
    this.#container.remove();
    this.#options.onFault(fault);
  }

  /** Undefined: it failed, and that was told. */
  async #within<Value>(
    stage: PageFault['stage'],
    what: string,
    work: () => Promise<Value>,
  ): Promise<Value | undefined> {
    const { limitMs = LIMIT_MS } = this.#options;
    const timer = setTimeout(() => this.#fail({ stage, text: `${what} after ${limitMs / 1000} s` }), limitMs);
    try {
      const value = await work();
      return this.#hasFailed ? undefined : value;
    } catch (thrown) {
      this.#fail({ stage, text: thrownText(thrown), thrown });
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
