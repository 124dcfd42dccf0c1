import type { Socket } from "node:net";

/** Below this, copying pieces together is cheaper than handing several to the kernel. */
const worthCopying = 8192;

/** Frames on their way to one socket. Views that touch in memory are joined, so a run of frames is one write. */
export class Outbox {
  #pieces: Buffer[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#bytes += piece.length;
    const last = this.#pieces.at(-1);
    if (last?.buffer === piece.buffer && last.byteOffset + last.length === piece.byteOffset)
      this.#pieces[this.#pieces.length - 1] = Buffer.from(
        last.buffer,
        last.byteOffset,
        last.length + piece.length,
      );
    else this.#pieces.push(piece);
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }

  /** Writes everything. @returns what `socket.write` said of the last piece; `written` is called when all is out */
  flushTo(socket: Socket, written?: () => void): boolean {
    const pieces =
      this.#bytes <= worthCopying && this.#pieces.length > 1 ? [Buffer.concat(this.#pieces)] : this.#pieces;
    this.clear();
    const last = pieces.length - 1;
    if (last > 0) socket.cork();
    let more = true;
    pieces.forEach((piece, position) => {
      more = socket.write(piece, position === last ? written : undefined);
    });
    if (last > 0) socket.uncork();
    return more;
  }
}
