import type { GatedStream } from "./gated-stream.ts";

/** A stream that is open to the caller. */
export interface Stream {
  /** the gate's; undefined for one whose frames pass straight to the runtime and back */
  readonly gated: GatedStream | undefined;
  /** its answer has no end of its own */
  readonly endless: boolean;
  /** the runtime's response headers have been passed on */
  answered: boolean;
  callerDone: boolean;
  runtimeDone: boolean;
}

/** More than any caller opens; each costs memory here and a goroutine there. */
const maxOpen = 100_000;

/** A caller's open streams by id. Ids are the same on the runtime's side. */
export class StreamTable {
  readonly #open = new Map<number, Stream>();
  #passing = 0;
  #highest = 0;
  #highestGated = 0;

  /** the largest id the caller has used: what a GOAWAY of ours announces as the last */
  get highest(): number {
    return this.#highest;
  }

  get highestGated(): number {
    return this.#highestGated;
  }

  get size(): number {
    return this.#open.size;
  }

  /** There are open streams, and the runtime knows of none of them. */
  get allGated(): boolean {
    return this.#open.size > 0 && this.#passing === 0;
  }

  get isFull(): boolean {
    return this.#open.size >= maxOpen;
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  /** An id is used up even when its stream is not opened. */
  use(id: number): void {
    this.#highest = Math.max(this.#highest, id);
  }

  open(id: number, gated: GatedStream, callerDone: boolean): void {
    this.#open.set(id, { gated, endless: false, answered: false, callerDone, runtimeDone: false });
    this.#highestGated = id;
  }

  openToRuntime(id: number, endless: boolean, callerDone: boolean): void {
    this.#passing++;
    this.#open.set(id, { gated: undefined, endless, answered: false, callerDone, runtimeDone: false });
  }

  close(id: number): void {
    const stream = this.#open.get(id);
    if (stream === undefined) return;
    if (stream.gated === undefined) this.#passing--;
    this.#open.delete(id);
  }

  callerDone(id: number, stream: Stream): void {
    stream.callerDone = true;
    if (stream.runtimeDone) this.close(id);
  }

  runtimeDone(id: number, stream: Stream): void {
    stream.runtimeDone = true;
    if (stream.callerDone) this.close(id);
  }

  gated(): readonly GatedStream[] {
    return [...this.#open.values()].flatMap(({ gated }) => gated ?? []);
  }

  passing(): readonly (readonly [id: number, stream: Stream])[] {
    return [...this.#open].filter(([, { gated }]) => gated === undefined);
  }
}
