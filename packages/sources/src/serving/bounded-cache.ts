/** A map that forgets what was used least recently once it holds `limit` entries. */
export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  /** Forgets what was used least recently as long as it is over, `most` entries at one time: a share of the work of each call. */
  sweep(isOver: (value: Value) => boolean, most: number): void {
    let left = most;
    for (const [key, value] of this.#entries) {
      if (left-- === 0 || !isOver(value)) return;
      this.#entries.delete(key);
    }
  }
}
