import { type ForwardEnd, type Gate, type GateAnswer, type RpcStatus, rpcCode } from "../gate.ts";
import type { AnswerWriter } from "./answer-writer.ts";
import type { Forwarder } from "./forwarder.ts";
import { errorCode } from "./frame.ts";
import { frameMessage, MessageCollector, readMessage } from "./grpc-message.ts";
import { parseGrpcTimeout } from "./grpc-timeout.ts";
import { fieldBytes } from "./header-field.ts";
import type { HeldCalls } from "./held-calls.ts";
import type { RequestHead } from "./request-head.ts";
import { answerHead, okTrailers } from "./rpc-trailers.ts";
import { Standstill, standstillSeconds } from "./standstill.ts";

/** What a gated stream needs of its surroundings. */
export interface GatedStreamContext {
  readonly gate: Gate;
  readonly forwarder: Forwarder;
  readonly held: HeldCalls;
  /** something threw while deciding; the call has been refused */
  readonly gateFailed: (path: string, error: unknown) => void;
  /** the stream is over and can be forgotten */
  readonly done: () => void;
}

/**
 * A call that the runtime does not see until the gate has decided. The caller's headers and message are kept
 * here; nothing of them is on the runtime's connection, so refusing needs to undo nothing.
 */
export class GatedStream {
  readonly writer: AnswerWriter;
  readonly #head: RequestHead;
  readonly #context: GatedStreamContext;
  readonly #message = new MessageCollector();
  readonly #abort = new AbortController();
  readonly #unsent = new Standstill();
  readonly #unread = new Standstill();
  #deadline: NodeJS.Timeout | undefined;
  #heldBytes = 0;
  #callerDone = false;
  #over = false;

  constructor(head: RequestHead, writer: AnswerWriter, context: GatedStreamContext) {
    this.#head = head;
    this.writer = writer;
    this.#context = context;
  }

  /** Refuses at once what could be read in two ways, and starts the caller's deadline. */
  open(): void {
    const refusal = refuseHead(this.#head) ?? this.#hold(costOf(this.#head));
    const timeout = headerValues(this.#head, "grpc-timeout").at(-1);
    const milliseconds = timeout === undefined ? undefined : parseGrpcTimeout(timeout);
    if (refusal !== undefined) this.#refuse(refusal);
    else if (timeout !== undefined && milliseconds === undefined)
      this.#refuse({ code: rpcCode.internal, message: "malformed grpc-timeout" });
    else if (milliseconds !== undefined) this.#deadline = setTimeout(() => this.#expire(), milliseconds);
  }

  data(bytes: Buffer): void {
    if (this.#over) return;
    const refusal = this.#hold(bytes.length) ?? this.#message.push(bytes);
    if (refusal !== undefined) this.#refuse(refusal);
  }

  /** The caller has sent all of its request. */
  end(): void {
    if (this.#over) return;
    this.#callerDone = true;
    this.#decide().catch((error: unknown) => {
      if (this.#over) return;
      this.#refuse({ code: rpcCode.internal, message: "the image check itself failed; its log says why" });
      this.#context.gateFailed(this.#head.path, error);
    });
  }

  /**
   * To be called every {@link lookEvery} milliseconds. A request that is not sent to its end, however it drips, keeps room
   * from others; so does an answer for which the caller opens no window.
   */
  look(): void {
    if (this.#over) return;
    const late = `for ${standstillSeconds} seconds`;
    if (this.#unsent.look(!this.#callerDone, 0))
      this.#refuse({ code: rpcCode.deadlineExceeded, message: `the request has not been complete ${late}` });
    else if (this.#unread.look(this.writer.isWaiting, this.writer.pumped)) {
      this.writer.reset(errorCode.cancel);
      this.#close();
    }
  }

  refuseTrailers(): void {
    this.#callerDone = true;
    this.#refuse({ code: rpcCode.internal, message: "a unary request has no trailers" });
  }

  /** The caller gave up, or is gone. */
  cancel(): void {
    this.#close();
  }

  #hold(bytes: number): RpcStatus | undefined {
    const refusal = this.#context.held.grow(bytes);
    if (refusal === undefined) this.#heldBytes += bytes;
    return refusal;
  }

  async #decide(): Promise<void> {
    const body = this.#message.body();
    const read = await readMessage(body, headerValues(this.#head, "grpc-encoding"));
    if (this.#over) return;
    if (read.type === "refused") return this.#refuse(read.status);
    const answer = await this.#context.held.ask(() =>
      this.#context.gate.ask({
        path: this.#head.path,
        message: read.message,
        metadata: this.#head.metadata,
        signal: this.#abort.signal,
      }),
    );
    if (!this.#over) await this.#give(answer, body);
    else if (answer.type === "forward") answer.ended?.("answered");
  }

  async #give(answer: GateAnswer, body: Buffer): Promise<void> {
    switch (answer.type) {
      case "status":
        return this.#refuse(answer.status);
      case "answer":
        this.writer.headers(answerHead(answer.metadata), false);
        await this.writer.data(frameMessage(answer.message));
        this.writer.headers(okTrailers, true);
        return this.#close();
      case "forward": {
        let end: ForwardEnd = "cut off";
        try {
          end = await this.#forward(body);
        } finally {
          answer.ended?.(end);
        }
      }
    }
  }

  async #forward(body: Buffer): Promise<ForwardEnd> {
    let end: ForwardEnd = "cut off";
    for await (const part of this.#context.forwarder.forward(this.#head.fields, body, this.#abort.signal)) {
      if (this.#over) return end;
      switch (part.type) {
        case "headers":
          if (part.end) end = "answered";
          this.writer.headers(part.fields, part.end);
          break;
        case "data":
          await this.writer.data(part.bytes);
          break;
        case "trailers":
          end = "answered";
          this.writer.headers(part.fields, true);
          break;
        case "reset":
          this.writer.reset(part.code);
          break;
        case "failed":
          this.writer.fail(part.status);
      }
    }
    this.#close();
    return end;
  }

  #expire(): void {
    this.#refuse({ code: rpcCode.deadlineExceeded, message: "context deadline exceeded" });
  }

  #refuse(status: RpcStatus): void {
    if (this.#over) return;
    this.writer.fail(status);
    // The caller may still be sending; without the reset it would wait for its window (RFC 9113 §8.1).
    if (!this.#callerDone) this.writer.reset();
    this.#close();
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#context.held.shrink(this.#heldBytes);
    this.#abort.abort();
    this.writer.abandon();
    this.#context.done();
  }
}

/** What a stream costs here before its first byte of DATA: measured, with nothing but the usual headers. */
const streamBytes = 4096;

/** Headers are held back as the message is. */
function costOf({ fields }: RequestHead): number {
  return fields.reduce((bytes, field) => bytes + fieldBytes(field), streamBytes);
}

function headerValues(head: RequestHead, name: string): readonly string[] {
  return head.metadata.filter(([field]) => field === name).map(([, value]) => value);
}

/**
 * A gated call must be what it looks like to every server: with another content type a runtime may pick
 * another codec for the very bytes that were judged as protobuf.
 */
function refuseHead(head: RequestHead): RpcStatus | undefined {
  if (head.method !== "POST") return { code: rpcCode.internal, message: "a call is made with POST" };
  const types = headerValues(head, "content-type");
  if (types.length === 1 && (types[0] === "application/grpc" || types[0] === "application/grpc+proto"))
    return undefined;
  return {
    code: rpcCode.internal,
    message: `invalid gRPC request content-type ${JSON.stringify(types.join(", "))}`,
  };
}
