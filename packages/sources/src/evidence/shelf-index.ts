/** What is known of a kept file without reading it. */
export interface ShelfEntry {
  /** bytes */
  readonly size: number;
  /** when it was last of use, milliseconds since 1970 */
  readonly used: number;
  /** names for what was put into it since it was written last; none for what an earlier process wrote */
  readonly contents: readonly string[];
  /** the hash of all of it; undefined for what an earlier process wrote */
  readonly hash?: string;
}

export interface ShelfLimits {
  /** of all files together */
  readonly bytes: number;
  /** milliseconds since a file was last of use */
  readonly age: number;
}

/** Keeps account of the files of a shelf, which lie one folder deep, and says which have to go. */
export class ShelfIndex {
  /** the least recently used first */
  readonly #entries = new Map<string, ShelfEntry>();
  readonly #folders = new Map<string, Set<string>>();
  #bytes = 0;

  get usage(): { readonly files: number; readonly bytes: number } {
    return { files: this.#entries.size, bytes: this.#bytes };
  }

  set(name: string, entry: ShelfEntry): void {
    this.delete(name);
    this.#entries.set(name, entry);
    this.#bytes += entry.size;
    const folder = folderIn(name);
    const names = this.#folders.get(folder) ?? new Set();
    this.#folders.set(folder, names.add(name));
  }

  /** Adds what was found on disk, which is older than what is known already. */
  addFound(found: readonly (readonly [name: string, entry: ShelfEntry])[]): void {
    const known = [...this.#entries];
    const news = found.filter(([name]) => !this.#entries.has(name));
    for (const [name, entry] of news.toSorted(([, a], [, b]) => a.used - b.used)) this.set(name, entry);
    for (const [name, entry] of known) this.set(name, entry);
  }

  get(name: string): ShelfEntry | undefined {
    return this.#entries.get(name);
  }

  delete(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#bytes -= entry.size;
    this.#entries.delete(name);
    const folder = folderIn(name);
    const names = this.#folders.get(folder);
    names?.delete(name);
    if (names?.size === 0) this.#folders.delete(folder);
  }

  /** the least recently used first */
  namesIn(folder: string): readonly string[] {
    return [...(this.#folders.get(folder) ?? [])];
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

function folderIn(name: string): string {
  return name.slice(0, name.indexOf("/"));
}
