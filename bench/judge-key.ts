import { createPublicKey, verify } from "node:crypto";
import { cosignAnnotation } from "@countersign/engine/signature/cosign-annotation";
import type { Effort } from "./effort.ts";
import { base64, judgement, kit, signed, timeInTurn } from "./judged.ts";
import type { BenchRow } from "./row.ts";
import { median, rounded } from "./statistics.ts";

/** The warm judge of one key signature against the one ECDSA verification that it cannot avoid. */
export async function run(effort: Effort): Promise<BenchRow> {
  const key = kit.key("bench");
  const signature = kit.sign(key, signed);
  const judgeOnce = judgement(
    {
      type: "sigstoreSigned",
      keyData: base64(key.publicKeyPem),
      signedIdentity: { type: "matchRepository" },
    },
    [signature],
  );
  const raw = Buffer.from(signature.annotations.get(cosignAnnotation.signature) ?? "", "base64");
  const publicKey = createPublicKey(key.publicKeyPem);
  const verifyOnce = () => {
    if (!verify("sha256", signature.payload, publicKey, raw))
      throw new Error("the raw signature does not verify");
  };
  const [judged = Number.NaN, verified = Number.NaN] = timeInTurn([judgeOnce, verifyOnce], effort, 50).map(
    median,
  );
  const ratio = rounded(judged / verified, 2);
  return {
    id: "judge-key",
    value: rounded(judged, 4),
    unit: "ms",
    peer: "crypto.verify, P-256",
    peerValue: rounded(verified, 4),
    ratio,
    target: "≤ 1.3×",
    reached: ratio <= 1.3,
    note: "key-signed judge, warm",
  };
}
