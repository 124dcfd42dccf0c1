import type { Draw } from "@countersign/testkit/random/draw";
import {
  type BundleVersion,
  bundleBytes,
  bundleJson,
} from "@countersign/testkit/signing-kit/sigstore/bundle-json";
import type { BundleSigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import type { LogEntryJson } from "@countersign/testkit/signing-kit/sigstore/log-entry-json";
import type { MadeSignature } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import type { Mutate } from "../mutate/mutate.ts";
import { forgeEntry } from "./log-entry.ts";
import { forgeSignature } from "./signature.ts";
import { forgeSigner } from "./signer.ts";
import { forgeTimestamp } from "./timestamp.ts";

/**
 * Makes a bundle in which somebody who is trusted may lie, and signs the lie: the reader sees it, and not a signature
 * that does not verify. Takes nothing from the inputs.
 */
export const forgeBundle: Mutate = (draw) => {
  const signer = forgeSigner(draw);
  const made = forgeSignature(draw, signer);
  const logEntries = forgeEntries(draw, made, signer);
  const isTimed = logEntries[0]?.integratedTime !== undefined;
  const version = draw.one<BundleVersion>(["0.1", "0.2", "0.3", "0.3", "0.3", "old 0.3"]);
  const timestamps = forgeTimestamps(draw, made, signer.type === "certificate" && !isTimed);
  return Buffer.from(bundleBytes(bundleJson({ version, made, signer, logEntries, timestamps })));
};

function forgeEntries(draw: Draw, made: MadeSignature, signer: BundleSigner): readonly LogEntryJson[] {
  if (draw.chance(0.1)) return [];
  const entry = forgeEntry(draw, made, signer);
  if (draw.chance(0.85)) return [entry];
  return [entry, draw.chance(0.5) ? entry : forgeEntry(draw, made, signer)];
}

function forgeTimestamps(draw: Draw, made: MadeSignature, isNeeded: boolean): readonly Uint8Array[] {
  if (!isNeeded && draw.chance(0.7)) return [];
  const timestamp = forgeTimestamp(draw, made.signature);
  if (draw.chance(0.9)) return [timestamp];
  return [timestamp, draw.chance(0.5) ? timestamp : forgeTimestamp(draw, made.signature)];
}
