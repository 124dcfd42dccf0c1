import assert from "node:assert/strict";
import { currentKeys } from "@countersign/engine/signature/openpgp/find-signer";
import { importKeys } from "@countersign/engine/signature/openpgp/keyring";
import { openMessage, unverifiedContents } from "@countersign/engine/signature/openpgp/message";
import { mutateOpenPgp } from "../mutate/openpgp.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";
import { document, mallory, messages, trusted } from "./openpgp-signers.ts";

/**
 * An OpenPGP message, as a registry or a lookaside has it for a signature. What it opens to is what somebody trusted
 * has signed, in whatever it was wrapped.
 */
export function openTarget(): Target {
  return { seeds: messages, mutate: mutateOpenPgp, check };
}

const now = Date.UTC(2026, 0, 1) / 1000;
const keys = currentKeys(importKeys(trusted), now);
const signed = [document, Buffer.from("something else")];

function check(input: Uint8Array): string {
  unverifiedContents(input);
  const opened = reading(["SIGNATURE_INVALID"], () => openMessage(input, keys.find, now));
  if (opened.type === "refused") return opened.outcome;
  const { contents, signer } = opened.value;
  assert.ok(
    signed.some((one) => one.equals(contents)),
    "nobody signed this",
  );
  assert.notDeepEqual(signer.key.keyId, Buffer.from(mallory.keyId).toString("hex").toUpperCase());
  return `opened ${input[0]} ${signer.key.algorithm?.type}`;
}
