/** A binary heap whose members change their key in place: only the top is ever moved. */
export class MergeHeap<Member> {
  readonly #isBefore: (a: Member, b: Member) => boolean;
  readonly #members: Member[] = [];

  constructor(isBefore: (a: Member, b: Member) => boolean) {
    this.#isBefore = isBefore;
  }

  get top(): Member | undefined {
    return this.#members[0];
  }

  push(member: Member): void {
    let at = this.#members.push(member) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#members[parentAt];
      if (parent === undefined || !this.#isBefore(member, parent)) break;
      this.#members[at] = parent;
      at = parentAt;
    }
    this.#members[at] = member;
  }

  removeTop(): void {
    const last = this.#members.pop();
    if (last === undefined || this.#members.length === 0) return;
    this.#members[0] = last;
    this.sinkTop();
  }

  /** After the top's key has grown. */
  sinkTop(): void {
    const member = this.#members[0];
    if (member === undefined) return;
    let at = 0;
    for (;;) {
      const childAt = this.#firstChild(at);
      const child = this.#members[childAt];
      if (child === undefined || !this.#isBefore(child, member)) break;
      this.#members[at] = child;
      at = childAt;
    }
    this.#members[at] = member;
  }

  #firstChild(at: number): number {
    const left = this.#members[2 * at + 1];
    const right = this.#members[2 * at + 2];
    if (left === undefined || right === undefined) return 2 * at + 1;
    return this.#isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}
