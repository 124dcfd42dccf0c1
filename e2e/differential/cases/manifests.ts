import { answer, type RegistryAnswer, refusal } from "@countersign/testkit/registry/registry-answer";
import type { Question, Site } from "../case.ts";
import { accept, demand, reject } from "../evidence/policies.ts";
import { mediaTypes, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** What the registry answers for the image's own manifest. */
const replies: Readonly<Record<string, RegistryAnswer>> = {
  "404 MANIFEST_UNKNOWN": refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"),
  "404 NAME_UNKNOWN": refusal(404, "NAME_UNKNOWN", "repository name not known to registry"),
  "404 with text": answer(404, { "content-type": "text/plain" }, "404 page not found\n"),
  "404 without a body": answer(404),
  "401 without a challenge": refusal(401, "UNAUTHORIZED", "authentication required"),
  "403 DENIED": refusal(403, "DENIED", "requested access to the resource is denied"),
  "403 with another message": refusal(403, "DENIED", "go away"),
  "403 without a body": answer(403),
  "400 with an unknown code": refusal(400, "WHATEVER", "why not"),
  "500": answer(500),
  "503 with text": answer(503, {}, "later"),
  "204": answer(204),
};

export const manifestReplyRows: Rows = rowsOf(
  Object.entries(replies).flatMap(([name, reply]) =>
    [accept, reject].map((requirement) => [`${name}, ${requirement.type}`, { reply, requirement }] as const),
  ),
  ({ reply, requirement }) =>
    (site) => {
      site.answer("manifests/v1", reply);
      return { image: `${site.name}:v1`, policy: demand(site, requirement) };
    },
);

/** Bodies that claim to be an image; a policy that rejects tells what is noticed before it, one that accepts what after. */
const bodies: Readonly<Record<string, readonly [mediaType: string, body: string]>> = {
  "nothing, as an image": [mediaTypes.manifest, ""],
  "no JSON, as an image": [mediaTypes.manifest, "hello"],
  "an empty object, as an image": [mediaTypes.manifest, "{}"],
  "a list, as an image": [mediaTypes.manifest, "[]"],
  "an image with manifests": [
    mediaTypes.manifest,
    `{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}`,
  ],
  "nothing, as an index": [mediaTypes.index, ""],
  "no JSON, as an index": [mediaTypes.index, "hello"],
  "an empty object, as an index": [mediaTypes.index, "{}"],
  "a list, as an index": [mediaTypes.index, "[]"],
  "an index of null": [mediaTypes.index, `{"schemaVersion":2,"manifests":null}`],
  "an index with layers": [mediaTypes.index, `{"schemaVersion":2,"manifests":[],"layers":[]}`],
  "an index whose manifests are an object": [mediaTypes.index, `{"schemaVersion":2,"manifests":{}}`],
  "nothing, as a Docker list": [mediaTypes.dockerList, ""],
  "an empty object, as a Docker list": [mediaTypes.dockerList, "{}"],
  "a Docker list with config": [mediaTypes.dockerList, `{"schemaVersion":2,"manifests":[],"config":{}}`],
  "no JSON, as nothing": ["", "hello"],
  "an empty object, as nothing": ["", "{}"],
  "an index by its content only": [
    "",
    `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[]}`,
  ],
  "an index as text": ["text/plain", `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[]}`],
  "an index as JSON": [
    "application/json",
    `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[]}`,
  ],
  "an index without media type, as text": ["text/plain", `{"schemaVersion":2,"manifests":[]}`],
  "an oversized manifest": [mediaTypes.manifest, `{"x":"${"x".repeat(4 << 20)}"}`],
};

export const manifestBodyRows: Rows = rowsOf(
  Object.entries(bodies).map(([name, [mediaType, body]]) => [name, { mediaType, body }] as const),
  ({ mediaType, body }) =>
    (site) =>
      serve(site, mediaType, body),
);

const imageTypes = [
  mediaTypes.manifest,
  `${mediaTypes.manifest}; charset=utf-8`,
  mediaTypes.manifest.toUpperCase(),
  "application/json",
  "text/plain",
  "application/octet-stream",
  "",
];

/** A good image under other types than its own. Rejected, as skopeo cannot copy what it takes for an old schema. */
export const manifestTypeRows: Rows = rowsOf(
  imageTypes.map((type) => [JSON.stringify(type), type] as const),
  (mediaType) => (site) => {
    const { bytes } = storeImage(site);
    site.answer("manifests/v1", answer(200, { "content-type": mediaType }, bytes));
    return { image: `${site.name}:v1`, policy: demand(site, reject) };
  },
);

function serve(site: Site, mediaType: string, body: string): Question {
  const headers: Record<string, string> = mediaType === "" ? {} : { "content-type": mediaType };
  site.answer("manifests/v1", answer(200, headers, body));
  return { image: `${site.name}:v1`, policy: demand(site, reject) };
}
