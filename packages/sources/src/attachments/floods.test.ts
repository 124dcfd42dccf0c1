import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Weakening, weaken } from "@countersign/testkit/weakened/weakened-package";
import { type AttachedImage, api, bundle, layer, withAttachedImage } from "../testing/attached-image.ts";

/**
 * Whoever may push beside an image may push much. Each flood is taken in whole where the limit named with it is missing;
 * with it the node takes so much, and says that there was more.
 */
interface Flood {
  readonly what: string;
  readonly attach: (scene: AttachedImage) => void;
  /** so much of it, at most, in the unit of `taken` */
  readonly most: number;
  readonly all: number;
  readonly taken: (scene: AttachedImage, read: Awaited<ReturnType<AttachedImage["ask"]>>) => number;
  /** what is told of the rest */
  readonly note: RegExp;
  readonly check: readonly Weakening[];
}

const thousands = 1000;
const mebibyte = 1024 * 1024;
const hundredMegabytes = 100 * 1000 * 1000;

const bytesOf: Flood["taken"] = (_scene, read) =>
  read.reduce((sum, one) => sum + (one.type === "bundle" ? one.bytes.length : 0), 0);
const manifestsAsked: Flood["taken"] = (scene) =>
  scene.asked().filter((path) => path.startsWith("manifests/sha256:")).length;

const floods: readonly Flood[] = [
  {
    what: "thousands of referrers",
    attach: ({ registry, subject }) => {
      for (let n = 0; n < thousands; n++) registry.attachReferrer("team/app", subject, bundle(`bundle ${n}`));
    },
    most: 256,
    all: thousands,
    taken: manifestsAsked,
    note: /manifests that refer to it may be signatures, more than the 256 that are opened/,
    check: [
      {
        file: "attachments/read-referrers.ts",
        text: "const maxOpened = 256;",
        instead: "const maxOpened = Infinity;",
      },
    ],
  },
  {
    what: "a bundle of 100 MB",
    attach: ({ registry, subject }) => {
      registry.attachReferrer("team/app", subject, bundle(" ".repeat(hundredMegabytes)));
    },
    most: 0,
    all: hundredMegabytes,
    taken: bytesOf,
    note: /4194304/,
    check: [
      {
        file: "attachments/limits.ts",
        text: "signatures: { blob: 4 * 1024 * 1024, total: 32 * 1024 * 1024,",
        instead: "signatures: { blob: Infinity, total: Infinity,",
      },
    ],
  },
  {
    what: "bundles that are each as large as may be",
    attach: ({ registry, subject }) => {
      for (let n = 0; n < 20; n++) {
        registry.attachReferrer("team/app", subject, bundle(`${n}${" ".repeat(3 * mebibyte)}`));
      }
    },
    most: 32 * mebibyte,
    all: 20 * 3 * mebibyte,
    taken: bytesOf,
    note: /33554432/,
    check: [
      {
        file: "attachments/limits.ts",
        text: "signatures: { blob: 4 * 1024 * 1024, total: 32 * 1024 * 1024,",
        instead: "signatures: { blob: 4 * 1024 * 1024, total: Infinity,",
      },
    ],
  },
];

type Scene = typeof withAttachedImage;

describe("a reader of attachments without its limit takes in, and ours does not,", () => {
  for (const { what, attach, most, all, taken, note, check } of floods) {
    it(what, async () => {
      using weakened = weaken("sources", check);
      const { withAttachedImage: weakly } = (await weakened.load("testing/attached-image.ts")) as {
        withAttachedImage: Scene;
      };
      const flooded = async (scene: AttachedImage) => {
        attach(scene);
        scene.asked();
        const read = await scene.ask();
        return { amount: taken(scene, read), read };
      };
      await weakly(api, async (scene) => {
        const { amount } = await flooded(scene);
        assert.ok(amount >= all, `${amount} without the limit`);
      });
      await withAttachedImage(api, async (scene) => {
        const { amount, read } = await flooded(scene);
        assert.ok(amount <= most, `${amount} with it`);
        const notes = read.flatMap((one) => (one.type === "unreadable" ? [one.reason] : []));
        assert.ok(
          notes.some((one) => note.test(one)),
          notes.join("; "),
        );
      });
    });
  }

  it("and an honest signature among it all is found", () =>
    withAttachedImage(api, async (scene) => {
      floods[0]?.attach(scene);
      scene.registry.attachSignatures("team/app", scene.subject, [layer("honest")]);
      const read = await scene.ask();
      assert.ok(
        read.some((one) => one.type === "sigstore" && Buffer.from(one.payload).equals(Buffer.from("honest"))),
      );
    }));
});
