import { answer, json, type RegistryAnswer, refusal } from "@countersign/testkit/registry/registry-answer";
import { accept, demand, reject, requireTrusted } from "../evidence/policies.ts";
import { storeSigned, trusting } from "../evidence/signed.ts";
import { attach, digestOf, signaturePath, storeImage } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const text = { "content-type": "text/plain" };
const html = { "content-type": "text/html" };

/** What the registry answers where the `.sig` manifest is asked for. */
const manifestAnswers: Readonly<Record<string, RegistryAnswer>> = {
  "404 MANIFEST_UNKNOWN": refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"),
  "404 MANIFEST_UNKNOWN in other words": refusal(404, "MANIFEST_UNKNOWN", "nothing here"),
  "404 manifest_unknown in small letters": refusal(404, "manifest_unknown", "manifest unknown"),
  "404 NAME_UNKNOWN": refusal(404, "NAME_UNKNOWN", "repository name not known to registry"),
  "404 NOT_FOUND": refusal(404, "NOT_FOUND", "artifact not found"),
  "404 UNKNOWN not found": refusal(404, "UNKNOWN", "manifest not found"),
  "404 UNKNOWN Not Found": refusal(404, "UNKNOWN", "Not Found"),
  "404 UNKNOWN something else": refusal(404, "UNKNOWN", "something else"),
  "404 an unknown code, not found": refusal(404, "WHATEVER", "not found"),
  "404 an unknown code, something else": refusal(404, "WHATEVER", "something else"),
  "404 no code": json(404, { errors: [{ message: "not found" }] }),
  "404 a code that is a number": json(404, { errors: [{ code: 404, message: "not found" }] }),
  "404 MANIFEST_UNKNOWN, then DENIED": errors(404, ["MANIFEST_UNKNOWN", "m"], ["DENIED", "d"]),
  "404 DENIED, then MANIFEST_UNKNOWN": errors(404, ["DENIED", "d"], ["MANIFEST_UNKNOWN", "m"]),
  "404 with detail": json(404, {
    errors: [{ code: "MANIFEST_UNKNOWN", message: "m", detail: { Tag: "x" } }],
  }),
  "404 without a body": answer(404),
  "404 with HTML": answer(404, html, "<h1>Not found</h1>"),
  "404 with text": answer(404, text, "404 page not found\n"),
  "404 with long text": answer(404, text, "x".repeat(200)),
  "404 with an empty list": json(404, { errors: [] }),
  "404 with an empty object": json(404, {}),
  "404 with errors under another type": answer(404, text, `{"errors":[{"code":"DENIED","message":"d"}]}`),
  "400 MANIFEST_UNKNOWN": refusal(400, "MANIFEST_UNKNOWN", "manifest unknown"),
  "400 MANIFEST_INVALID": refusal(400, "MANIFEST_INVALID", "manifest invalid"),
  "400 TAG_INVALID": refusal(400, "TAG_INVALID", "manifest tag did not match URI"),
  "400 with text": answer(400, text, "bad\n"),
  "401 without a challenge": refusal(401, "UNAUTHORIZED", "authentication required"),
  "401 without a body": answer(401),
  "403 DENIED": refusal(403, "DENIED", "requested access to the resource is denied"),
  "403 DENIED in other words": refusal(403, "DENIED", "go away"),
  "403 without a body": answer(403),
  "405 with text": answer(405, text, "no\n"),
  "405 UNSUPPORTED": refusal(405, "UNSUPPORTED", "The operation is unsupported."),
  "406 with text": answer(406, text, "no\n"),
  "410 with text": answer(410, text, "gone\n"),
  "418 with text": answer(418, text, "teapot\n"),
  "204": answer(204),
  "206 with a body": answer(206, text, "x"),
  "500 without a body": answer(500),
  "500 with errors": refusal(500, "UNKNOWN", "unknown error"),
  "500 UNKNOWN not found": refusal(500, "UNKNOWN", "resource not found"),
  "502 with HTML": answer(502, html, "<h1>Bad Gateway</h1>"),
};

/** What the registry answers for the signature's layer. */
const layerAnswers: Readonly<Record<string, (payload: Uint8Array) => RegistryAnswer>> = {
  "the blob": (payload) => answer(200, {}, payload),
  "the blob as text": (payload) => answer(200, text, payload),
  "other bytes": () => answer(200, {}, "other"),
  "fewer bytes": (payload) => answer(200, {}, payload.subarray(1)),
  "more bytes": (payload) => answer(200, {}, Buffer.concat([payload, Buffer.from(" ")])),
  nothing: () => answer(200),
  "404 BLOB_UNKNOWN": () => refusal(404, "BLOB_UNKNOWN", "blob unknown to registry"),
  "404 BLOB_UNKNOWN in other words": () => refusal(404, "BLOB_UNKNOWN", "gone"),
  "404 without a body": () => answer(404),
  "403 DENIED": () => refusal(403, "DENIED", "denied"),
  "500": () => answer(500),
  "206": (payload) => answer(206, {}, payload),
  "204": () => answer(204),
  "4 MiB and one byte": () => answer(200, {}, Buffer.alloc((4 << 20) + 1, "x")),
};

export const attachmentAnswerRows: Rows = {
  ...rowsOf(named("`.sig`: ", manifestAnswers), (instead) => (site) => {
    site.answer(signaturePath(storeImage(site)), instead);
    return trusting(site);
  }),
  ...rowsOf(named("the layer: ", layerAnswers), (instead) => (site) => {
    storeSigned(site, (good) => {
      site.answer(`blobs/${digestOf(good.payload, "sha256")}`, instead(good.payload));
      return good;
    });
    return trusting(site);
  }),
  ...rowsOf(
    Object.entries({
      "anything accepted": [accept],
      "everything rejected": [reject],
      "rejected before it is asked for": [reject, requireTrusted],
      "rejected after it is asked for": [requireTrusted, reject],
    }),
    (requirements) => (site) => {
      site.answer(signaturePath(storeImage(site)), answer(403));
      return { image: `${site.name}:v1`, policy: demand(site, ...requirements) };
    },
  ),
  "a layer that fails after a good one": (site) => {
    const image = storeSigned(site);
    const { bytes } = attach(site, image, []);
    const manifest = JSON.parse(Buffer.from(bytes).toString());
    manifest.layers.push({ mediaType: "x", size: 1, digest: `sha256:${"0".repeat(64)}` });
    site.answer(signaturePath(image), json(200, manifest, { "content-type": manifest.mediaType }));
    return trusting(site);
  },
};

function errors(
  status: number,
  ...list: readonly (readonly [code: string, message: string])[]
): RegistryAnswer {
  return json(status, { errors: list.map(([code, message]) => ({ code, message })) });
}
