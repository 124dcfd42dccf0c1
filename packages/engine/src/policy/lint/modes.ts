import type { JsonDocument } from "../../values/json-document.ts";
import { marker } from "../extension/marker.ts";
import type { Policy, Requirements } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { alternativesOf, asksTheSame, type PlacedRequirement } from "./requirement-lists.ts";

/** Requirements of the extension that keep nothing out. */
export function* warningHint({ path, requirement }: PlacedRequirement): Generator<Hint> {
  if (requirement.type !== "warn") return;
  yield {
    code: "ONLY_WARNS",
    path,
    message: "this warns and keeps nothing out",
    remedy: `when the warnings are gone, remove "mode": "warn"`,
  };
}

export function* alternativeHints(placed: PlacedRequirement): Generator<Hint> {
  for (const { path, requirements } of alternativesOf(placed)) {
    if (!asksTheSame(requirements, [{ type: "insecureAcceptAnything" }])) continue;
    yield {
      code: "ALTERNATIVE_ACCEPTS_EVERYTHING",
      path,
      message: "one alternative suffices, and this one lets in everything: the others do not matter",
      remedy: `remove it; to let images in for now and hear of them, write "mode": "warn" beside anyOf`,
    };
  }
}

/** A marked file that containers/image could read if it had no marker. */
export function* markerHint(policy: Policy, document: JsonDocument): Generator<Hint> {
  if (document.find(marker) === undefined || usesExtension(policy)) return;
  yield {
    code: "MARKER_UNUSED",
    path: marker,
    message: "nothing here needs the extension, and with the marker CRI-O, podman and skopeo refuse the file",
    remedy: "remove it",
  };
}

function usesExtension({ default: otherwise, transports, images }: Policy): boolean {
  const scopes = [...transports.values()].flatMap((section) => [...section.values()]);
  return images.length > 0 || [otherwise, ...scopes].some(isExtended);
}

function isExtended(requirements: Requirements): boolean {
  return requirements.some(({ type }) => type === "warn" || type === "anyOf" || type === "sigstore");
}
