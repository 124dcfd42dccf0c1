import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { it } from "node:test";
import { signEd25519ph } from "./ed25519ph.ts";
import { createSigningKey } from "./signing-key.ts";

it("Ed25519ph signs as in RFC 8032 §7.3", () => {
  const seed = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42";
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, "hex");
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const signature = signEd25519ph(
    { ...createSigningKey("any", "ed25519"), privateKey, spki },
    Buffer.from("abc"),
  );
  assert.equal(
    Buffer.from(signature).toString("hex"),
    "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
  );
});
