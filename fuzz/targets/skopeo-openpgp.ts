import assert from "node:assert/strict";
import { currentKeys } from "@countersign/engine/signature/openpgp/find-signer";
import { importKeys, type Keyring } from "@countersign/engine/signature/openpgp/keyring";
import { openMessage } from "@countersign/engine/signature/openpgp/message";
import { reading } from "../outcome.ts";
import { manifest, reference } from "./openpgp-signers.ts";
import { openSkopeoShell } from "./skopeo-shell.ts";

/** Puts a message and keys to our reader and to gpg, by way of skopeo. */
export interface OpenPgpComparison {
  /** @returns what became of it here; @throws where it opens here and not for gpg */
  compare(message: Uint8Array, keys: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

/** gpg takes seconds for more, made of small parts. */
const longest = 16 * 1024;

/** @throws Error when skopeo is not installed */
export async function openOpenPgpComparison(): Promise<OpenPgpComparison> {
  const skopeo = await openSkopeoShell(
    `standalone-verify --public-key-file keys.gpg manifest.json ${reference} any signature`,
  );
  await skopeo.run({ "manifest.json": manifest, "keys.gpg": Buffer.of(), signature: Buffer.of() });
  return {
    async compare(message, keys) {
      const ours = openHere(message, keys);
      if (ours.type === "undecided" || message.length + keys.length > longest) return ours.outcome;
      const said = await skopeo.run({ signature: message, "keys.gpg": keys });
      const theirs = said?.replace(/^Error verifying signature: /, "");
      // What the document says is looked at afterwards, and not by gpg.
      const isRefused = theirs !== undefined && !isAboutContents(theirs);
      if (ours.words === undefined)
        assert.equal(isRefused ? theirs : undefined, undefined, "gpg does not open it");
      const isAlike = ours.words === (isRefused ? theirs : undefined);
      return `${ours.outcome}${isAlike ? "" : isRefused ? ", in other words" : ", stricter"}`;
    },
    close: () => skopeo.close(),
  };
}

interface Opened {
  /** undecided: our own keys are too many, or none */
  readonly type: "decided" | "undecided";
  /** undefined if it opens */
  readonly words: string | undefined;
  readonly outcome: string;
}

/** What we make of a message. */
export function openHere(message: Uint8Array, keys: Uint8Array): Opened {
  const now = Math.floor(Date.now() / 1000);
  const read = reading(["TRUST_MATERIAL_INVALID"], () => importKeys([keys]));
  if (read.type === "refused") return { type: "undecided", words: undefined, outcome: read.outcome };
  const ring = currentKeys(read.value, now);
  const shape = shapeOfRing(read.value);
  if (ring.isEmpty) return { type: "undecided", words: undefined, outcome: `no keys ${shape}` };
  const opened = reading(["SIGNATURE_INVALID"], () => openMessage(message, ring.find, now));
  if (opened.type === "refused") {
    return { type: "decided", words: opened.message, outcome: `${opened.outcome} ${shape}` };
  }
  const outcome = `opened ${opened.value.signer.key.algorithm?.type} ${shape}`;
  return { type: "decided", words: undefined, outcome };
}

/** How many of everything, as far as it makes a difference. */
function shapeOfRing({ certificates }: Keyring): string {
  const shapes = certificates.map((one) => {
    const signatures = one.userIds.flatMap(({ signatures }) => signatures);
    const lists = [one.userIds, signatures, one.subkeys, one.revocations, one.directSignatures];
    return lists.map(({ length }) => Math.min(length, 2)).join("");
  });
  return [...new Set(shapes)].sort().slice(0, 3).join(" ");
}

function isAboutContents(words: string): boolean {
  return /^(?:Docker reference|Signature for docker digest|invalid character|unexpected end of JSON|Key )/.test(
    words,
  );
}
