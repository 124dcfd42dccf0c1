/** A place for one value: a newer one replaces what nobody has taken yet. */
export class Newest<T> {
  #waiting: { readonly value: T } | undefined;
  #isClosed = false;
  #wake = () => {};

  put(value: T): void {
    this.#waiting = { value };
    this.#wake();
  }

  /** Puts a value there again, unless a newer one came. */
  putBack(value: T): void {
    this.#waiting ??= { value };
    this.#wake();
  }

  /** Nothing more will come. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Takes the value, waiting for one; undefined once it is closed and empty. One taker at a time. */
  async take(): Promise<T | undefined> {
    while (this.#waiting === undefined && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#waiting;
    this.#waiting = undefined;
    return taken?.value;
  }
}
