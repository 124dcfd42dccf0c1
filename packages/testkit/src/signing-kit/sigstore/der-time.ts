import { encodeDer } from "@countersign/engine/signature/der-write";

/** GeneralizedTime, to the second. */
export function generalizedTime(seconds: number): Uint8Array {
  const text = new Date(seconds * 1000).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return encodeDer(0x18, Buffer.from(text));
}
