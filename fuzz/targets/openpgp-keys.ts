import assert from "node:assert/strict";
import { type CurrentKeys, currentKeys } from "@countersign/engine/signature/openpgp/find-signer";
import { importKeys } from "@countersign/engine/signature/openpgp/keyring";
import { openMessage } from "@countersign/engine/signature/openpgp/message";
import { signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { mutateOpenPgp } from "../mutate/openpgp.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";
import { alice, bob, document, keyFiles, mallory } from "./openpgp-signers.ts";

/** A file of OpenPGP keys, as a policy names it. Nobody may sign by it whose key is not in it. */
export function openTarget(): Target {
  return { seeds: keyFiles, mutate: mutateOpenPgp, check };
}

const now = Date.UTC(2026, 0, 1) / 1000;
/** Of the number that makes the key what it is; what stands before it can be written in more than one way. */
const pointSize = 32;

const signers = [alice, bob, mallory].map((key) => ({ key, message: signedMessage(key, document) }));

function check(input: Uint8Array): string {
  const read = reading(["TRUST_MATERIAL_INVALID"], () => currentKeys(importKeys([input]), now));
  if (read.type === "refused") return read.outcome;
  const who = signers.map(({ key, message }) => {
    const isIn = Buffer.from(input).includes(Buffer.from(key.body.subarray(-pointSize)));
    const opens = mayOpen(read.value, message);
    assert.ok(isIn || opens !== "opened", "signed by a key that is not there");
    return opens;
  });
  return `${read.value.isEmpty} ${who.join("; ")}`;
}

function mayOpen(keys: CurrentKeys, message: Uint8Array): string {
  const opened = reading(["SIGNATURE_INVALID"], () => openMessage(message, keys.find, now));
  return opened.type === "refused" ? opened.outcome : "opened";
}
