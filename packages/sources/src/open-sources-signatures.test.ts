import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Digest } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { type Lookaside, startLookaside } from "@countersign/testkit/lookaside/lookaside";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openSources, type Sources } from "./open-sources.ts";

const { signal } = new AbortController();
const unset = { registriesConf: undefined, registriesD: undefined, authfile: undefined };

interface Scene {
  readonly registry: TestRegistry;
  readonly lookaside: Lookaside;
  readonly digest: Digest;
  /** by which the image is asked for */
  readonly name: string;
}

/** Opens `team/app:v1` of a registry, by configuration that knows where all is. */
async function withImage<T>(
  scene: {
    readonly supportsSignatures?: string;
    /** under which the registry's images are asked for */
    readonly location?: string;
    readonly registriesD: (scene: Scene) => string;
    readonly fill: (scene: Scene) => void;
  },
  use: (found: readonly UnverifiedSignature[], scene: Scene, sources: Sources) => Promise<T> | T,
): Promise<T> {
  using root = temporaryRoot();
  const { supportsSignatures, location } = scene;
  await using registry = await startRegistry({
    access: { type: "basic", users: { u: "secret" } },
    ...(supportsSignatures === undefined ? {} : { supportsSignatures }),
  });
  await using lookaside = await startLookaside();
  const { digest } = registry.image("team/app:v1");
  const name = `${location ?? registry.address}/team/app`;
  const all = { registry, lookaside, digest, name };
  scene.fill(all);
  const conf = `[[registry]]\nprefix = "${location ?? registry.address}"\nlocation = "${registry.address}"\ninsecure = true\n`;
  root.write("etc/containers/registries.conf", conf);
  root.write("etc/containers/registries.d/a.yaml", scene.registriesD(all));
  const auth = { auths: { [registry.address]: { auth: Buffer.from("u:secret").toString("base64") } } };
  root.write("run/containers/0/auth.json", JSON.stringify(auth));
  const sources = openSources({ environment: root.environment, ...unset }, manualTiming());
  try {
    const source = await sources.imageSources().open(parseDockerImage(`${name}:v1`), signal);
    return await use(await source.signatures(digest, signal), all, sources);
  } finally {
    await sources.close();
  }
}

const gpg = (number: number): Uint8Array => Uint8Array.of(0x90, number);
const attachment = { payload: Buffer.from("x"), annotations: new Map<string, string>() };
const toLookaside =
  (scope: (scene: Scene) => string) =>
  (scene: Scene): string =>
    `docker:\n  "${scope(scene)}": {lookaside: "${scene.lookaside.base}", use-sigstore-attachments: true}\n`;

const fill = ({ registry, lookaside, digest }: Scene): void => {
  lookaside.put("team/app", digest, [gpg(1)]);
  registry.attachSignatures("team/app", digest, [attachment]);
  registry.listSignatures("team/app", digest, [gpg(2)]);
};
const kinds = (found: readonly UnverifiedSignature[]) =>
  found.map((one) => (one.type === "simpleSigning" ? one.bytes.at(-1) : one.type));

describe("openSources reads signatures", () => {
  it("from the lookaside, and from beside the image after it", () =>
    withImage({ registriesD: toLookaside(({ name }) => name), fill }, (found) =>
      assert.deepEqual(kinds(found), [1, "sigstore"]),
    ));

  it("from the registry's list instead of the lookaside, if it has one", () =>
    withImage(
      { registriesD: toLookaside(({ name }) => name), fill, supportsSignatures: "1" },
      (found, { lookaside }) => {
        assert.deepEqual(kinds(found), [2, "sigstore"]);
        assert.deepEqual(lookaside.requests, []);
      },
    ));

  it("from no list, if the registry does not say 1", () =>
    withImage({ registriesD: toLookaside(({ name }) => name), fill, supportsSignatures: "yes" }, (found) =>
      assert.deepEqual(kinds(found), [1, "sigstore"]),
    ));

  it("by the name of the place where the image is", () =>
    withImage(
      { registriesD: toLookaside(({ registry }) => registry.address), fill, location: "hub.example" },
      (found) => assert.deepEqual(kinds(found), [1, "sigstore"]),
    ));

  it("not by the name under which it was asked for", () =>
    withImage({ registriesD: toLookaside(() => "hub.example"), fill, location: "hub.example" }, (found) =>
      assert.deepEqual(found, []),
    ));

  it("with credentials that it shows to the registry and to no lookaside", () =>
    withImage({ registriesD: toLookaside(({ name }) => name), fill }, (_found, { lookaside, registry }) => {
      assert.ok(registry.requests.some(({ headers }) => headers["authorization"] !== undefined));
      assert.deepEqual(
        lookaside.requests.map(({ headers }) => headers["authorization"]),
        [undefined, undefined],
      );
    }));
});

describe("openSources tells where signatures are looked for", () => {
  it("with what the registry said when it was asked", () =>
    withImage(
      { registriesD: toLookaside(({ name }) => name), fill, supportsSignatures: "1" },
      async (_found, { name, digest }, sources) => {
        const places = await sources.signaturePlaces(parseDockerImage(`${name}:v1`), digest, true);
        assert.deepEqual(
          places.map(({ kind, searched }) => [kind, searched]),
          [
            ["registry list", true],
            ["attachments", true],
            ["referrers", true],
          ],
        );
      },
    ));

  it("at the place that was opened alone, if that is said", () =>
    withImage(
      { registriesD: toLookaside(({ name }) => name), fill, location: "hub.example" },
      async (_found, { name, digest, registry }, sources) => {
        const image = parseDockerImage(`${name}:v1`);
        const all = await sources.signaturePlaces(image, digest, false);
        const opened = await sources.signaturePlaces(image, digest, false, `${registry.address}/team/app:v1`);
        const other = await sources.signaturePlaces(image, digest, false, "elsewhere.example/team/app:v1");
        assert.deepEqual([opened, other], [all, []]);
      },
    ));
});
