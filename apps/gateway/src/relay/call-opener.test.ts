import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { it } from "node:test";
import { requestFields } from "../testing/frame-caller.ts";
import { CallOpener } from "./call-opener.ts";
import { newConnectionState } from "./connection-state.ts";
import { errorCode, rstStream } from "./frame.ts";
import { encodeBlock } from "./header-field.ts";

it("a caller with a hundred thousand calls under way can open no more, until one ends", () => {
  const caller = new PassThrough();
  const state = newConnectionState(caller as unknown as Socket);
  state.toCaller.greeted();
  const most = 100_000;
  for (let call = 0; call < most; call++) {
    state.streams.use(2 * call + 1);
    state.streams.openToRuntime(2 * call + 1, false, true);
  }
  const taken: number[] = [];
  const opener = new CallOpener(state, (id) => {
    taken.push(id);
    return { type: "runtime" };
  });
  const block = encodeBlock(requestFields("/runtime.v1.RuntimeService/Version"));
  opener.headers({ stream: 2 * most + 1, endStream: true, block });
  assert.deepEqual(taken, []);
  assert.deepEqual(caller.read(), rstStream(2 * most + 1, errorCode.refusedStream));
  state.streams.close(1);
  opener.headers({ stream: 2 * most + 3, endStream: true, block });
  assert.deepEqual(taken, [2 * most + 3]);
});
