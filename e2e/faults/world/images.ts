import type { Digest } from "@countersign/engine/values/digest";
import { parseDigest } from "@countersign/engine/values/digest";
import type { TestRegistry } from "@countersign/testkit/registry/registry";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";

/** Who signs. */
export type Signer = "release" | "intruder";

/** What is behind a name: one image by its bytes, and who has signed it as an image of that name. */
export interface Content {
  /** of its config, by which a runtime knows it */
  readonly id: Digest;
  /** of its manifest, by which a registry does */
  readonly digest: Digest;
  readonly signers: ReadonlySet<Signer>;
}

/** A name that pods ask for. */
export interface WorldImage {
  /** `repository:tag` */
  readonly name: string;
  /** with the registry */
  readonly reference: string;
  /** which of a policy's scopes it falls under */
  readonly group: "signed" | "open";
  /** what its tag has meant or will mean, the first one now; a tag that stays has one */
  readonly contents: readonly [Content, ...Content[]];
  /** brought to the node by others than a kubelet, and never pulled */
  readonly isPreloaded: boolean;
}

const kit = createSigningKit();
const keys = { release: kit.key("release"), intruder: kit.key("intruder") };

export const publicKeys: Readonly<Record<Signer, string>> = {
  release: Buffer.from(keys.release.publicKeyPem).toString("base64"),
  intruder: Buffer.from(keys.intruder.publicKeyPem).toString("base64"),
};

const idsByLayer = new Map<string, string>();

/** The id of the image whose one layer this is. */
export function idOfLayer(diffId: string): string | undefined {
  return idsByLayer.get(diffId);
}

/** Who signs what, and as what. */
interface Made {
  readonly repository: string;
  readonly signers?: readonly Signer[];
  /** the name that the signatures are for, if it is another one */
  readonly signedAs?: string;
  readonly isPreloaded?: true;
  /** contents that the tag moves to, each with its signers */
  readonly moves?: readonly (readonly Signer[])[];
}

const made: readonly Made[] = [
  ...numbered(5, (n): Made => ({ repository: `signed/app${n}`, signers: ["release"] })),
  ...numbered(2, (n): Made => ({ repository: `signed/bare${n}` })),
  ...numbered(2, (n): Made => ({ repository: `signed/forged${n}`, signers: ["intruder"] })),
  { repository: "signed/both", signers: ["intruder", "release"] },
  { repository: "signed/borrowed", signers: ["release"], signedAs: "signed/app0:v1" },
  { repository: "signed/moving", signers: ["release"], moves: [[], ["release"], ["intruder"]] },
  ...numbered(2, (n): Made => ({ repository: `open/free${n}` })),
  { repository: "open/signed", signers: ["release"] },
  { repository: "signed/loaded", signers: ["release"], isPreloaded: true },
  { repository: "signed/smuggled", isPreloaded: true },
  { repository: "open/smuggled", isPreloaded: true },
];

/** Publishes everything there is to ask for. */
export function publishImages(registry: TestRegistry): readonly [WorldImage, ...WorldImage[]] {
  const [first, ...others] = made.map((one) => publish(registry, one));
  if (first === undefined) throw new Error("there is nothing to ask for");
  return [first, ...others];
}

/** As many more, each signed by the release but for every fourth, which nobody has signed. */
export function publishMore(registry: TestRegistry, count: number): readonly WorldImage[] {
  return numbered(count, (n) =>
    publish(registry, { repository: `signed/more${n}`, signers: n % 4 === 3 ? [] : ["release"] }),
  );
}

function publish(registry: TestRegistry, one: Made): WorldImage {
  const name = `${one.repository}:v1`;
  const content = (signers: readonly Signer[], which: number): Content => {
    const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };
    const image = registry.image(name, { platform, files: { content: `${name} ${which}` } });
    const reference = `${registry.address}/${one.signedAs ?? name}`;
    const attached = signers.map((signer) => kit.sign(keys[signer], { digest: image.digest, reference }));
    if (attached.length > 0) registry.attachSignatures(one.repository, image.digest, attached);
    const { config } = JSON.parse(Buffer.from(image.bytes).toString());
    const { rootfs } = JSON.parse(String(registry.store.blob(one.repository, config.digest)));
    idsByLayer.set(rootfs.diff_ids[0], config.digest);
    const valid = one.signedAs === undefined ? signers : [];
    return { id: parseDigest(config.digest), digest: image.digest, signers: new Set(valid) };
  };
  const moved = (one.moves ?? []).map((signers, at) => content(signers, at + 1));
  // Published last, so that the tag means it.
  const first = content(one.signers ?? [], 0);
  return {
    name,
    reference: `${registry.address}/${name}`,
    group: one.repository.startsWith("signed/") ? "signed" : "open",
    contents: [first, ...moved],
    isPreloaded: one.isPreloaded ?? false,
  };
}

function numbered<T>(count: number, make: (n: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}
