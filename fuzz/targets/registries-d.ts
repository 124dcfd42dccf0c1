import assert from "node:assert/strict";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { parseYaml } from "@countersign/sources/containers-config/parse-yaml";
import { joinRegistriesD, storageFor } from "@countersign/sources/containers-config/registries-d";
import { readSignatureStorage } from "@countersign/sources/containers-config/signature-storage";
import { parseLocation } from "@countersign/sources/lookaside/parse-location";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";
import { mutateRegistriesD, registriesDSeeds } from "./registries-d-words.ts";

/** A registries.d file, and the addresses of lookasides in it. Who asks for an image gets a text and a yes or no, if anything. */
export function openTarget(): Target {
  return { seeds: registriesDSeeds, mutate: mutateRegistriesD, check };
}

const images = ["registry.example/a/b:v1", "x.example/y:z"].map(parseImageReference);

function check(input: Uint8Array): string {
  const text = Buffer.from(input).toString();
  const file = reading(["CONFIG_INVALID"], () => ({
    path: "file",
    ...readSignatureStorage(parseYaml(text)),
  }));
  if (file.type === "refused") return file.outcome;
  const outcomes = images.map((image) => {
    const { lookaside, useSigstoreAttachments } = storageFor(joinRegistriesD([file.value]), image);
    assert.ok(["boolean", "undefined"].includes(typeof useSigstoreAttachments));
    if (lookaside === undefined) return String(useSigstoreAttachments);
    const location = reading(["CONFIG_INVALID"], () => parseLocation(lookaside));
    return location.type === "refused"
      ? location.outcome
      : `${location.value.scheme.slice(0, 5)} ${location.value.host === undefined}`;
  });
  return `accepted ${outcomes.join("; ")}`;
}
