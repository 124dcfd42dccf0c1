import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type {
  AttachmentQuery,
  ImageSourceOpener,
  UnverifiedSignature,
} from "@countersign/engine/verify/ports";
import type { Attachment } from "../registry/attachments.ts";
import { bundleReferrer, bundleType, type ReferrerContent } from "../registry/referrers.ts";

/** How the contract attaches something to the image, before it is opened. */
export interface Attaching {
  /** of the image */
  readonly subject: Digest;
  /** a manifest that refers to the image, or to another manifest */
  referrer(content: ReferrerContent, subject?: Digest): void;
  /** cosign's tag of before bundles, which has these layers from now on */
  tag(suffix: ".sig" | ".att", layers: readonly Attachment[]): void;
}

export interface AttachmentsPlace extends AsyncDisposable {
  readonly opener: ImageSourceOpener;
  readonly image: LocatedImage;
  /** of the image */
  readonly subject: Digest;
}

export interface AttachmentsContract {
  /** `none` where there is no room for attachments */
  readonly keeps: "all" | "none";
  /** @param attach - attaches everything; call it once */
  fill(attach: (to: Attaching) => void): Promise<AttachmentsPlace>;
}

interface Row {
  readonly what: string;
  readonly attach: (to: Attaching) => void;
  readonly kind?: AttachmentQuery["kind"];
  /** as {@link brief} has it */
  readonly found: readonly (string | RegExp)[];
}

const signPredicate = "https://sigstore.dev/cosign/sign/v1";
const provenance = "https://slsa.dev/provenance/v1";
const cosignSignatures = "application/vnd.dev.cosign.artifact.sig.v1+json";
const mebibyte = 1024 * 1024;

const bundle = (text: string, predicateType?: string) => bundleReferrer(Buffer.from(text), predicateType);
const layer = (text: string): Attachment => ({
  payload: Buffer.from(text),
  annotations: new Map([["of", text]]),
});
const sbom: ReferrerContent = {
  artifactType: "application/spdx+json",
  layers: [{ bytes: Buffer.from("sbom") }],
};
const elsewhere = digestOf(Buffer.from("another image"));
const times = <T>(count: number, make: (n: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, n) => make(n));

const rows: readonly Row[] = [
  { what: "nothing where nothing is attached", attach: () => {}, found: [] },
  { what: "a bundle", attach: (to) => to.referrer(bundle("one")), found: ["bundle one"] },
  {
    what: "a bundle that says it is a signature's",
    attach: (to) => to.referrer(bundle("one", signPredicate)),
    found: ["bundle one"],
  },
  { what: "a layer of .sig", attach: (to) => to.tag(".sig", [layer("old")]), found: ["sigstore old"] },
  {
    what: "a layer of .att as an attestation",
    attach: (to) => to.tag(".att", [layer("attested")]),
    kind: "attestations",
    found: ["sigstore attested"],
  },
  { what: "no layer of .att as a signature", attach: (to) => to.tag(".att", [layer("attested")]), found: [] },
  {
    what: "no layer of .sig as an attestation",
    attach: (to) => to.tag(".sig", [layer("old")]),
    kind: "attestations",
    found: [],
  },
  {
    what: "an attestation's bundle as an attestation",
    attach: (to) => to.referrer(bundle("built", provenance)),
    kind: "attestations",
    found: ["bundle built"],
  },
  {
    what: "no attestation's bundle as a signature",
    attach: (to) => to.referrer(bundle("built", provenance)),
    found: [],
  },
  {
    what: "signatures of cosign's that refer to the image",
    attach: (to) =>
      to.referrer({
        artifactType: cosignSignatures,
        layers: [
          { bytes: Buffer.from("between"), mediaType: "application/vnd.dev.cosign.simplesigning.v1+json" },
        ],
      }),
    found: ["sigstore between"],
  },
  {
    what: "everything, the older first, each in its order",
    attach: (to) => {
      to.referrer(bundle("one"));
      to.tag(".sig", [layer("old"), layer("older")]);
      to.referrer(bundle("two"));
    },
    found: ["sigstore old", "sigstore older", "bundle one", "bundle two"],
  },
  {
    what: "a good one beside what is none",
    attach: (to) => {
      to.referrer(sbom);
      to.referrer(bundle("built", provenance));
      to.referrer(bundle("good"));
    },
    found: ["bundle good"],
  },
  {
    what: "a good one beside a broken one, which is told",
    attach: (to) => {
      to.referrer({ artifactType: bundleType, layers: [{ bytes: Buffer.of(1) }, { bytes: Buffer.of(2) }] });
      to.referrer(bundle("good"));
    },
    found: ["bundle good", "unreadable: a bundle is a single layer, and there are 2"],
  },
  {
    what: "none that refers to another image",
    attach: (to) => to.referrer(bundle("theirs"), elsewhere),
    found: [],
  },
  {
    what: "so many bundles and no more, which is told",
    attach: (to) => {
      for (const n of times(260, (each) => each)) to.referrer(bundle(`${n}`));
    },
    found: [
      ...times(256, (n) => `bundle ${n}`),
      /^unreadable: 260 manifests that refer to it may be signatures, more than the 256 that are opened$/,
    ],
  },
  {
    what: "so many layers and no more, which is told",
    attach: (to) =>
      to.tag(
        ".sig",
        times(520, (n) => layer(`${n}`)),
      ),
    found: [
      ...times(512, (n) => `sigstore ${n}`),
      /^unreadable: it has 520 layers, more than the 512 that are read$/,
    ],
  },
  {
    what: "no bundle that is too large, but the one beside it",
    attach: (to) => {
      to.referrer(bundle(" ".repeat(4 * mebibyte + 1)));
      to.referrer(bundle("good"));
    },
    found: ["bundle good", /^unreadable: .*exceeded maximum allowed size of 4194304 bytes$/],
  },
];

/** What every ImageSource must give of what cosign attached to an image, whatever it was opened by. */
export function imageAttachmentsContract(name: string, { keeps, fill }: AttachmentsContract): void {
  const { signal } = new AbortController();
  const place = { repository: undefined, tagPrefix: "" };
  describe(`${name} ${keeps === "all" ? "gives" : "has no room for"}`, () => {
    for (const { what, attach, kind = "signatures", found } of rows) {
      it(what, async () => {
        await using filled = await fill(attach);
        const source = await filled.opener.open(filled.image, signal);
        const given = await source.attachments({ subject: filled.subject, kind, place }, signal);
        const expected = keeps === "all" ? found : [];
        assert.deepEqual(
          given.map(brief).map((text, at) => as(expected[at], text)),
          expected,
        );
        assert.ok(given.every(({ location }) => location !== ""));
      });
    }
  });
}

/** A text that a pattern describes counts as the pattern. */
function as(expected: string | RegExp | undefined, text: string): string | RegExp {
  return expected instanceof RegExp && expected.test(text) ? expected : text;
}

function brief(one: UnverifiedSignature): string {
  if (one.type === "unreadable") return `unreadable: ${one.reason}`;
  return `${one.type} ${Buffer.from(one.type === "sigstore" ? one.payload : one.bytes)}`;
}
