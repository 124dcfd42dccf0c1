/** What is known of a kept file without reading it. */
export interface ShelfEntry {
  /** bytes */
  readonly size: number;
  /** when it was last of use, milliseconds since 1970 */
  readonly used: number;
}

export interface ShelfLimits {
  /** of all files together */
  readonly bytes: number;
  /** milliseconds since a file was last of use */
  readonly age: number;
}

/** Keeps account of the files of a shelf, and says which have to go. */
export class ShelfIndex {
  /** the least recently used first */
  readonly #entries = new Map<string, ShelfEntry>();
  #bytes = 0;

  get usage(): { readonly files: number; readonly bytes: number } {
    return { files: this.#entries.size, bytes: this.#bytes };
  }

  set(name: string, entry: ShelfEntry): void {
    this.delete(name);
    this.#entries.set(name, entry);
    this.#bytes += entry.size;
  }

  get(name: string): ShelfEntry | undefined {
    return this.#entries.get(name);
  }

  delete(name: string): void {
    this.#bytes -= this.#entries.get(name)?.size ?? 0;
    this.#entries.delete(name);
  }

  namesIn(folder: string): readonly string[] {
    return [...this.#entries.keys()].filter((name) => name.startsWith(`${folder}/`));
  }

  /** What was not of use for too long, and as many of the least used as take the rest below the limit. */
  overdue(now: number, limits: ShelfLimits): readonly string[] {
    const names: string[] = [];
    let left = this.#bytes;
    for (const [name, { size, used }] of this.#entries) {
      if (left <= limits.bytes && now - used <= limits.age) break;
      names.push(name);
      left -= size;
    }
    return names;
  }
}
