import type { Reader } from "../../values/strict-object.ts";
import { filledListOf, objectAs, oneOf, readText, textAs } from "../../values/strict-value.ts";
import type { Authority, KeyAuthority, StaticAuthority } from "../sigstore-requirement.ts";
import { keyDemands, keylessDemands } from "./authority-demands.ts";
import { namedListOf } from "./named-list.ts";
import { onlyOne } from "./only-one.ts";
import { attestationReader } from "./parse-attestation.ts";
import { readTimestamp, readTransparency } from "./parse-demands.ts";
import { keylessReader } from "./parse-keyless.ts";
import { parseName } from "./parse-name.ts";
import { readRepository } from "./parse-repository.ts";
import type { PatternReaders } from "./parse-text-match.ts";
import { keyReaders, keySource } from "./parse-trust-source.ts";
import type { PolicyLanguages } from "./policy-languages.ts";

const maxAttestations = 50;
const maxRepositories = 16;

/** One of `authorities`; called `usualName` unless it says otherwise. */
export function authorityReader(
  languages: PolicyLanguages,
  patterns: PatternReaders,
): (usualName: string) => Reader<Authority> {
  const attestations = namedListOf("attestation", attestationReader(languages), maxAttestations);
  const readers = {
    name: textAs(parseName),
    key: readKey,
    keyless: keylessReader(patterns),
    static: readStatic,
    attestations,
    transparency: readTransparency,
    timestamp: readTimestamp,
    source: filledListOf(readRepository, maxRepositories),
  };
  return (usualName) =>
    objectAs(readers, (fields, path, report): Authority | undefined => {
      const { name = usualName, key, keyless, static: fixed, transparency, timestamp } = fields;
      if (onlyOne(fields, ["key", "keyless", "static"], path, report) === undefined) return undefined;
      if (fixed !== undefined) {
        const unasked = asked.filter((member) => Object.hasOwn(fields, member));
        for (const member of unasked) report(path, `${member} is never looked at beside static`);
        return unasked.length === 0 ? { name, ...fixed } : undefined;
      }
      const common = { name, attestations: fields.attestations ?? [], sources: fields.source ?? [] };
      if (keyless !== undefined) {
        const demands = keylessDemands(keyless.trust, transparency, timestamp, path, report);
        return demands && { type: "keyless", ...common, ...keyless, ...demands };
      }
      const demands = keyDemands(transparency, timestamp, path, report);
      return key && demands && { type: "key", ...common, ...key, ...demands };
    });
}

const asked = ["attestations", "transparency", "timestamp", "source"];

type Keys = Pick<KeyAuthority, "keys" | "hashAlgorithm">;

const readKey: Reader<Keys> = objectAs(
  { ...keyReaders, hashAlgorithm: oneOf("sha256", "sha384", "sha512") },
  ({ hashAlgorithm, ...sources }, path, report): Keys | undefined => {
    const keys = keySource(sources, path, report);
    return keys && { keys, hashAlgorithm };
  },
);

const readStatic: Reader<StaticAuthority> = objectAs(
  { action: oneOf("pass", "fail"), message: readText },
  ({ action, message }, path, report): StaticAuthority | undefined => {
    if (action === undefined) report(path, `action is missing: "pass" or "fail"`);
    if (action === undefined) return undefined;
    if (action === "fail" || message === undefined) return { type: "static", action, message: message ?? "" };
    report(path, "a message is told where an image is denied, which pass never does");
    return undefined;
  },
);
