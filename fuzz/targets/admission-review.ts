import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { parseReview } from "@countersign/cluster/webhook/review/parse-review";
import { imagesInQuestion } from "@countersign/cluster/webhook/review-workload";
import { objectWith, reviewOf } from "@countersign/cluster/webhook/testing/review-of";
import { mutateText } from "../mutate/text.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * What is posted to the admission webhook. Whatever a plain reading of the object calls a container's image is asked about,
 * or the object is refused: an image that is overlooked is one that is let in.
 */
export function openTarget(): Target {
  const spec = {
    initContainers: [{ name: "i", image: "registry.example/init:v1" }],
    containers: [{ name: "a", image: "registry.example/app@sha256:aa" }, { name: "b" }],
    volumes: [
      { name: "v", image: { reference: "registry.example/data:v1" } },
      { name: "e", emptyDir: {} },
    ],
  };
  const seeds = ["Pod", "Deployment", "CronJob"].flatMap((kind) => [
    reviewOf(kind, objectWith(kind, spec)),
    reviewOf(kind, objectWith(kind, spec), { operation: "UPDATE", oldObject: objectWith(kind, {}) }),
  ]);
  return { seeds: seeds.map((seed) => Buffer.from(JSON.stringify(seed))), mutate, check };
}

const mutate = mutateText([
  ...(["{", "}", "[", "]", ",", ":", '"', "null", '"image":', '"containers":[', '"spec":{'] as const),
  ...['"UPDATE"', '"DELETE"', '"deletionTimestamp":"a"', '"ephemeralContainers":[{"image":"x"}]', "\\u0061"],
]);

const places: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  Deployment: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

function check(input: Uint8Array): string {
  const read = reading(["REVIEW_INVALID", "TOO_LARGE"], () => {
    const request = parseReview(input);
    return { request, images: imagesInQuestion(request) };
  });
  if (read.type === "refused") return read.outcome;
  const { request, images } = read.value;
  if (images === undefined) return `nothing to ask, ${request.operation}`;
  const place = places[request.kind.kind];
  if (place === undefined) return `asked, another kind`;
  // an API server writes nothing else, and Go and Node replace different numbers of octets by the same sign
  if (!isUtf8(input)) return `${request.operation}, no UTF-8`;
  // JSON.parse takes the last of two equal names; the reader refuses two where it looks
  const { object, oldObject } = JSON.parse(Buffer.from(input).toString()).request;
  const old = new Set(request.operation === "UPDATE" ? plainImages(oldObject, place) : []);
  const asked = new Set(images.uses.map(({ image }) => image));
  for (const image of plainImages(object, place)) {
    assert.ok(asked.has(image) || old.has(image) || image === "", `overlooked: ${image}`);
  }
  return `${request.operation}, ${images.uses.length} images`;
}

/** Go matches members' names exactly here, as the API server does; what is no text is no image. */
function plainImages(object: unknown, place: readonly string[]): readonly string[] {
  let spec = object;
  for (const name of place) spec = memberOf(spec, name);
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    listOf(spec, list),
  );
  const texts = [
    ...containers.map((one) => memberOf(one, "image")),
    ...listOf(spec, "volumes").map((one) => memberOf(memberOf(one, "image"), "reference")),
  ];
  return texts.filter((text) => typeof text === "string");
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}
