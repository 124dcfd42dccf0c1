import { type GateAnswer, type RpcStatus, rpcCode } from "../gate.ts";

/** Request bytes held back at one time, headers included, of all callers together: four of the largest messages. */
const maxHeldBytes = 64 * 1024 * 1024;
/** Decisions under way at one time. A kubelet has a handful; a caller that resets and asks again has more. */
const maxAsking = 512;

/** Bounds what all gated calls together may cost, however many callers and streams they come from. */
export class HeldCalls {
  #bytes = 0;
  #asking = 0;

  /** @returns why the call has to be refused instead; nothing was taken then */
  grow(bytes: number): RpcStatus | undefined {
    if (this.#bytes + bytes > maxHeldBytes) return exhausted("too many large requests are waiting");
    this.#bytes += bytes;
    return undefined;
  }

  shrink(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** A call that was cancelled counts until its decision has really ended: a reset frees nothing by itself. */
  async ask(decide: () => Promise<GateAnswer>): Promise<GateAnswer> {
    if (this.#asking >= maxAsking)
      return { type: "status", status: exhausted("too many image checks are under way") };
    this.#asking++;
    try {
      return await decide();
    } finally {
      this.#asking--;
    }
  }
}

function exhausted(why: string): RpcStatus {
  return { code: rpcCode.resourceExhausted, message: `${why}; try again` };
}
