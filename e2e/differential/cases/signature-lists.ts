import { answer, json, type RegistryAnswer, refusal } from "@countersign/testkit/registry/registry-answer";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Question, Site } from "../case.ts";
import { goodFor, inFiles, lookasideAt } from "../evidence/lookasides.ts";
import { accept, demand, reject } from "../evidence/policies.ts";
import { signatureOf, trusting } from "../evidence/signed.ts";
import { attach, storeImage, storeIndex } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const content = Buffer.from("\x90\x00", "latin1").toString("base64");
const entry = (members: Readonly<Record<string, unknown>> = {}) => ({
  schemaVersion: 2,
  name: "sha256:0@x",
  type: "atomic",
  content,
  ...members,
});
const listed = (...signatures: readonly unknown[]) => json(200, { signatures });
const said = (text: string) => answer(200, { "content-type": "application/json" }, text);

/** What a registry answers that says it lists signatures. None of these can satisfy the policy by itself. */
const lists: Readonly<Record<string, RegistryAnswer>> = {
  "an empty list": listed(),
  "no list": said("{}"),
  "null for a list": said(`{"signatures":null}`),
  null: said("null"),
  "an empty list of another type": answer(200, { "content-type": "text/html" }, `{"signatures":[]}`),
  "one signature": listed(entry()),
  "two signatures": listed(entry(), entry()),
  "three signatures, one of another version": listed(entry(), entry({ schemaVersion: 1 }), entry()),
  "a signature of another version": listed(entry({ schemaVersion: 3 })),
  "a signature of no version": listed(entry({ schemaVersion: undefined })),
  "a signature of version null": listed(entry({ schemaVersion: null })),
  "a signature of another type": listed(entry({ type: "x" })),
  "a signature of a type in capitals": listed(entry({ type: "Atomic" })),
  "a signature of no type": listed(entry({ type: undefined })),
  "a signature without a name": listed(entry({ name: undefined })),
  "a signature without content": listed(entry({ content: undefined })),
  "a signature with empty content": listed(entry({ content: "" })),
  "a signature with content null": listed(entry({ content: null })),
  "a signature as a list of bytes": listed(entry({ content: [144, 0] })),
  "a sigstore signature": listed(entry({ content: Buffer.from("\0sigstore-json\n{}").toString("base64") })),
  "a signature with unknown members": listed(entry({ x: [1] })),
  "null among the signatures": listed(null, entry()),
  "names in capitals": said(`{"SIGNATURES":[{"SCHEMAVERSION":2,"TYPE":"atomic","CONTENT":"${content}"}]}`),
  "the list twice": said(
    `{"signatures":[${JSON.stringify(entry())},${JSON.stringify(entry())}],"signatures":[{}]}`,
  ),
  "the list twice, null last": said(`{"signatures":[${JSON.stringify(entry())}],"signatures":null}`),
  "the type twice": said(`{"signatures":[{"schemaVersion":2,"type":"x","type":"atomic"}]}`),
  "content that is no base64": listed(entry({ content: "*" })),
  "content that is a number": listed(entry({ content: 1 })),
  "a version that is a string": listed(entry({ schemaVersion: "2" })),
  "a version that is a fraction": listed(entry({ schemaVersion: 2.5 })),
  "a version with a point": said(`{"signatures":[{"schemaVersion":2.0,"type":"atomic"}]}`),
  "a name that is a number": listed(entry({ name: 1 })),
  "a type that is a list": listed(entry({ type: [] })),
  "a list that is an object": said(`{"signatures":{}}`),
  "a signature that is a string": listed("x"),
  "a list on top": said("[]"),
  "no JSON": said("x"),
  nothing: said(""),
  "half of it": said(`{"signatures":[`),
  "something after it": said("{} x"),
  "4 MiB": said(`{"x":"${"x".repeat((4 << 20) - 8)}"}`),
  "4 MiB and a byte": said(`{"x":"${"x".repeat((4 << 20) - 7)}"}`),
  "201": answer(201, {}, "{}"),
  "204": answer(204),
  "206": answer(206, {}, "{}"),
  "401": refusal(401, "UNAUTHORIZED", "authentication required"),
  "403": refusal(403, "DENIED", "denied"),
  "403 without a body": answer(403),
  "404": answer(404),
  "404 with text": answer(404, {}, "404 page not found\n"),
  "404 MANIFEST_UNKNOWN": refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"),
  "404 NAME_UNKNOWN": refusal(404, "NAME_UNKNOWN", "unknown"),
  "405": answer(405),
  "418": answer(418, {}, "teapot"),
  "501": answer(501),
  "a redirect to nothing": answer(307, { location: "/nowhere" }),
};

/** A good signature in the lookaside, which is not asked, and perhaps another one beside the image. */
function ask(
  open: Site,
  prepare: (site: Site, image: StoredManifest) => void,
  attachments: boolean,
): Question {
  const site = open.listing();
  const image = storeImage(site);
  prepare(site, image);
  const address = inFiles(site, image, [goodFor(site, image)]);
  const more = attachments ? "  use-sigstore-attachments: true\n" : "";
  return { ...trusting(site), registriesD: lookasideAt(address, more) };
}

export const signatureListRows: Rows = {
  ...rowsOf(
    named("the registry answers ", lists),
    (list) => (open) => ask(open, (site, { digest }) => site.answerList(digest, list), false),
  ),
  ...rowsOf(
    named("with a good attachment, the registry answers ", lists),
    (list) => (open) =>
      ask(
        open,
        (site, image) => {
          site.answerList(image.digest, list);
          attach(site, image, [signatureOf(image, `${site.name}:v1`)]);
        },
        true,
      ),
  ),
  "the registry lists none, and the lookaside has a good one": (open) => ask(open, () => {}, false),
  "the registry lists three": (open) =>
    ask(open, (site, { digest }) => site.list(digest, [Buffer.of(1), Buffer.of(2), Buffer.of(3)]), true),
  "the registry lists a hundred and thirty": (open) =>
    ask(
      open,
      (site, { digest }) =>
        site.list(
          digest,
          Array.from({ length: 130 }, () => Buffer.of(1)),
        ),
      true,
    ),
  "the lookaside's address is none": (open) => {
    const site = open.listing();
    storeImage(site);
    return { ...trusting(site), registriesD: lookasideAt("%zz") };
  },
  "the lookaside's scheme is unknown": (open) => {
    const site = open.listing();
    storeImage(site);
    return { ...trusting(site), registriesD: lookasideAt("ftp://h/") };
  },
  "anything is accepted": (open) => required(open, accept),
  "everything is rejected": (open) => required(open, reject),
  "an index, its instance's list refused": (open) => {
    const site = open.listing();
    const instance = storeImage(site, "amd64");
    storeIndex(site, [[{ os: "linux", architecture: "amd64" }, instance]]);
    site.answerList(instance.digest, answer(403));
    return trusting(site);
  },
  "an index, its own list refused": (open) => {
    const site = open.listing();
    const instance = storeImage(site, "amd64");
    const index = storeIndex(site, [[{ os: "linux", architecture: "amd64" }, instance]]);
    site.answerList(index.digest, answer(403));
    return trusting(site);
  },
  ...rowsOf(
    (["1", "0", "yes", "01", "1, 0"] as const).map((word) => [`the registry says ${word}`, word] as const),
    (word) => (open) => {
      const site = open.listing(word);
      const image = storeImage(site);
      site.answerList(image.digest, answer(403));
      return { ...trusting(site), registriesD: lookasideAt(inFiles(site, image, [goodFor(site, image)])) };
    },
  ),
};

function required(open: Site, ...requirements: readonly unknown[]): Question {
  const site = open.listing();
  const { digest } = storeImage(site);
  site.answerList(digest, answer(403));
  return { image: `${site.name}:v1`, policy: demand(site, ...requirements) };
}
