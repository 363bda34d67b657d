/** What is known of things that change, by their ids: plugins, tasks. */

/** Who wants to know of changes. */
export interface StateReader {
  /** All may be different now. */
  onSnapshot(): void;
  /** @param isCut states in between were left out */
  onChange(id: string, isCut: boolean): void;
}

export interface StateBook<State> {
  /** False until torud has said for the first time what there is. */
  readonly isKnown: boolean;
  get(id: string): State | undefined;
  all(): Iterable<State>;
  /** Tells the reader of changes, after they were made, until it leaves. */
  join(reader: StateReader): void;
  leave(reader: StateReader): void;
}
