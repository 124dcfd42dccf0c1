import { narratorOn } from "../demo/narrator.ts";
import { play } from "../demo/scenario.ts";
import { setStage } from "../demo/stage.ts";
import { exitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";

/** `countersign demo`: plays the scenes and exits 0 only if each came out as it must. */
export async function demo(flags: { readonly runtimeEndpoint?: string }, io: Terminal): Promise<void> {
  const narrator = narratorOn(io);
  await using stage = await setStage(flags.runtimeEndpoint);
  narrator.opening(stage.runtimeName);
  const asExpected = await play(stage, narrator);
  narrator.closing(asExpected);
  io.exitWith(asExpected ? exitCode.allowed : exitCode.undecided);
}
