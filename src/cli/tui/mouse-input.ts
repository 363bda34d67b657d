/** Reports of the mouse (xterm, "SGR extended"), on their way in. Ink gives them to nobody, and takes what is left of a cut one for typed letters. */

export interface Mouse {
  readonly kind: 'click' | 'right-click' | 'wheel-up' | 'wheel-down';
  /** From the top left of the terminal, from 0. */
  readonly row: number;
  readonly column: number;
}

/** Buttons and wheel, no motion; with numbers as text. */
const ON = '\x1b[?1000h\x1b[?1006h';
const OFF = '\x1b[?1006l\x1b[?1000l';

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: escape sequences are what this is about
/** Pasted text, which is nobody's click; a report; and one of a terminal that knows only the form of old. */
const REPORTS = /\x1b\[200~.*?\x1b\[201~|\x1b\[<(\d{1,5});(\d{1,5});(\d{1,5})([Mm])|\x1b\[M[^\x1b]{3}/gs;
/** One whose end has not come yet. */
const CUT = /\x1b\[(?:<[\d;]{0,20}|M[^\x1b]{0,2})?$/;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above
const PASTED = '\x1b[200~';

const KINDS: Readonly<Record<number, Mouse['kind']>> = {
  0: 'click',
  2: 'right-click',
  64: 'wheel-up',
  65: 'wheel-down',
};
/** Shift, Alt and Ctrl beside the button. */
const MODIFIERS = 4 | 8 | 16;

export class MouseInput {
  readonly #onMouse: (mouse: Mouse) => void;
  #held = '';
  /** An Escape went on by itself, since it may be the key. */
  #lead = '';

  constructor(onMouse: (mouse: Mouse) => void) {
    this.#onMouse = onMouse;
  }

  /** What of the input is not of the mouse. */
  take(chunk: string): string {
    const lead = this.#lead;
    const text = lead + this.#held + chunk;
    const found = CUT.exec(text)?.index ?? text.length;
    // `[` behind an Escape is a key as well.
    const cut = found < lead.length && text === `${lead}[` ? text.length : found;
    this.#held = text.slice(Math.max(cut, lead.length));
    if (cut < lead.length) return '';
    const left = text.slice(0, cut).replace(REPORTS, (all, button, column, row, end, at: number) => {
      const kind = end === 'M' ? KINDS[Number(button) & ~MODIFIERS] : undefined;
      if (kind !== undefined) this.#onMouse({ kind, row: Number(row) - 1, column: Number(column) - 1 });
      // Behind the Escape that went on it has to follow, so that this is no key.
      return all.startsWith(PASTED) || at < lead.length ? all : '';
    });
    const given = left.slice(lead.length);
    this.#lead = given.endsWith('\x1b') ? '\x1b' : '';
    return given;
  }
}

/** Asks the terminal for the mouse, or no more, as long as the terminal is there to be asked. */
export class MouseSwitch {
  readonly #write: (text: string) => void;
  #isWanted = false;
  #isLent = false;
  /** What was on its way when it was turned off is still to be taken out. */
  wasWanted = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  turn(isOn: boolean): void {
    if (isOn === this.#isWanted) return;
    this.#isWanted = isOn;
    this.wasWanted ||= isOn;
    if (!this.#isLent) this.#write(isOn ? ON : OFF);
  }

  async lend(work: () => Promise<void>): Promise<void> {
    if (this.#isWanted) this.#write(OFF);
    this.#isLent = true;
    try {
      await work();
    } finally {
      this.#isLent = false;
      // It may have been turned off for good meanwhile.
      if (this.#isWanted) this.#write(ON);
    }
  }
}

/** The same stream, but for what is read from it. */
export function filteredInput(stream: NodeJS.ReadStream, take: (text: string) => string): NodeJS.ReadStream {
  const read = (): string | null => {
    const chunk: unknown = stream.read();
    return chunk === null ? null : take(String(chunk));
  };
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
