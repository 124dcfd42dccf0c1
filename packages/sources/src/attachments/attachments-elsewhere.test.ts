import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Digest } from "@countersign/engine/values/digest";
import { parseNamedReference } from "@countersign/engine/values/image-reference";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { attachmentTag, storeAttachments } from "@countersign/testkit/registry/attachments";
import { answers } from "@countersign/testkit/registry/faults";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import type { CallCredentials } from "../credentials/call-credentials.ts";
import { openSources } from "../open-sources.ts";
import { brief, bundle, layer } from "../testing/attached-image.ts";

const { signal } = new AbortController();
const users = { u: "secret" };
const given: CallCredentials = {
  credentials: { type: "basic", username: "u", password: "secret" },
  server: undefined,
};

interface Elsewhere {
  /** of the image `team/app:v1`; undefined: a directory is asked about instead */
  readonly images: TestRegistry;
  readonly subject: Digest;
  /** `registry.example/signatures`, as the policy names it */
  readonly repository: string;
  readonly tagPrefix?: string;
  readonly call?: CallCredentials;
  readonly kind?: "signatures" | "attestations";
}

/** Asks for what is attached to an image in another repository. */
async function ask(
  root: TemporaryRoot,
  { images, subject, repository, tagPrefix = "", call, kind = "signatures" }: Elsewhere,
): Promise<readonly UnverifiedSignature[]> {
  const unset = { registriesConf: undefined, registriesD: undefined, authfile: undefined };
  const sources = openSources({ environment: root.environment, ...unset }, manualTiming());
  try {
    const image = parseDockerImage(`${images.address}/team/app:v1`);
    const source = await sources.imageSources(call).open(image, signal);
    const place = { repository: parseNamedReference(repository), tagPrefix };
    return await source.attachments({ subject, kind, place }, signal);
  } finally {
    await sources.close();
  }
}

const insecure = ({ address }: TestRegistry): string =>
  `[[registry]]\nlocation = "${address}"\ninsecure = true\n`;
const configure = (root: TemporaryRoot, ...parts: readonly string[]): void =>
  void root.write("etc/containers/registries.conf", parts.join("\n"));

describe("another repository", () => {
  it("has signatures and bundles of an image it does not have", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    configure(root, insecure(registry));
    const { digest: subject } = registry.image("team/app:v1");
    registry.attachSignatures("team/sigs", subject, [layer("old")]);
    registry.attachReferrer("team/sigs", subject, bundle("new"));
    registry.attachReferrer("team/app", subject, bundle("not asked for"));
    const repository = `${registry.address}/team/sigs`;
    assert.deepEqual(brief(await ask(root, { images: registry, subject, repository })), [
      "sigstore old",
      "bundle new",
    ]);
  });

  it("has old signatures under tags with a prefix", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    configure(root, insecure(registry));
    const { digest: subject } = registry.image("team/app:v1");
    const tag = `prod-${attachmentTag(subject)}`;
    storeAttachments(registry.store, "team/sigs", subject, [layer("old")], tag);
    const repository = `${registry.address}/team/sigs`;
    const asked = { images: registry, subject, repository };
    assert.deepEqual(brief(await ask(root, { ...asked, tagPrefix: "prod-" })), ["sigstore old"]);
    assert.deepEqual(await ask(root, asked), []);
    await assert.rejects(ask(root, { ...asked, tagPrefix: "x".repeat(60) }), { code: "REFERENCE_INVALID" });
    await assert.rejects(ask(root, { ...asked, tagPrefix: "../" }), { code: "REFERENCE_INVALID" });
  });

  it("that does not exist has nothing", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    configure(root, insecure(registry));
    const { digest: subject } = registry.image("team/app:v1");
    registry.fail(/\/none\//, answers(answer(404, {}, `{"errors":[{"code":"NAME_UNKNOWN"}]}`)));
    const repository = `${registry.address}/none`;
    assert.deepEqual(await ask(root, { images: registry, subject, repository }), []);
  });

  it("that is the image's own is read where the image was", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    const { digest: subject } = mirror.image("m/team/app:v1");
    configure(
      root,
      `[[registry]]\nlocation = "nowhere.example"\n[[registry.mirror]]\nlocation = "${mirror.address}/m"\ninsecure = true\n`,
    );
    mirror.attachReferrer("m/team/app", subject, bundle("at the mirror"));
    const sources = openSources(
      {
        environment: root.environment,
        registriesConf: undefined,
        registriesD: undefined,
        authfile: undefined,
      },
      manualTiming(),
    );
    const source = await sources.imageSources().open(parseDockerImage("nowhere.example/team/app:v1"), signal);
    for (const repository of [undefined, parseNamedReference("nowhere.example/team/app")]) {
      const query = { subject, kind: "signatures", place: { repository, tagPrefix: "" } } as const;
      assert.deepEqual(brief(await source.attachments(query, signal)), ["bundle at the mirror"]);
    }
    await sources.close();
  });
});

describe("another repository is asked", () => {
  it("at its mirrors first, and itself where they have nothing or fail", async () => {
    using root = temporaryRoot();
    await using images = await startRegistry();
    await using failing = await startRegistry();
    await using empty = await startRegistry();
    await using registry = await startRegistry();
    const { digest: subject } = images.image("team/app:v1");
    failing.fail(/./, answers(answer(500)));
    registry.attachReferrer("sigs", subject, bundle("b"));
    const mirrors = [failing, empty].map(
      ({ address }) => `[[registry.mirror]]\nlocation = "${address}/sigs"\ninsecure = true\n`,
    );
    configure(
      root,
      insecure(images),
      `[[registry]]\nprefix = "sigs.example/sigs"\nlocation = "${registry.address}/sigs"\ninsecure = true\n`,
      ...mirrors,
    );
    const asked = { images, subject, repository: "sigs.example/sigs" };
    assert.deepEqual(brief(await ask(root, asked)), ["bundle b"]);
    empty.attachReferrer("sigs", subject, bundle("mirrored"));
    assert.deepEqual(brief(await ask(root, asked)), ["bundle mirrored"]);
  });

  it("and its own trouble is an error, whatever its mirrors do not have", async () => {
    using root = temporaryRoot();
    await using images = await startRegistry();
    await using empty = await startRegistry();
    await using registry = await startRegistry();
    const { digest: subject } = images.image("team/app:v1");
    registry.fail(/./, answers(answer(403)));
    configure(
      root,
      insecure(images),
      insecure(registry),
      `[[registry.mirror]]\nlocation = "${empty.address}"\ninsecure = true\n`,
    );
    const repository = `${registry.address}/sigs`;
    await assert.rejects(ask(root, { images, subject, repository }), (error: Error) => {
      assert.match(error.message, /^looking for signatures in 127\.0\.0\.1:\d+\/sigs:sha256-\w{64}: /);
      return true;
    });
  });

  it("by the credentials that are kept for it", async () => {
    using root = temporaryRoot();
    await using images = await startRegistry();
    await using registry = await startRegistry({ access: { type: "basic", users } });
    configure(root, insecure(images), insecure(registry));
    const { digest: subject } = images.image("team/app:v1");
    registry.attachReferrer("sigs", subject, bundle("b"));
    const repository = `${registry.address}/sigs`;
    await assert.rejects(ask(root, { images, subject, repository }), { code: "REGISTRY_DENIED" });
    const auth = { auths: { [registry.address]: { auth: Buffer.from("u:secret").toString("base64") } } };
    root.write("run/containers/0/auth.json", JSON.stringify(auth));
    assert.deepEqual(brief(await ask(root, { images, subject, repository })), ["bundle b"]);
  });

  it("without the credentials that came with the pull, unless it is at the same registry", async () => {
    using root = temporaryRoot();
    await using images = await startRegistry({ access: { type: "basic", users } });
    await using registry = await startRegistry({ access: { type: "basic", users } });
    configure(root, insecure(images), insecure(registry));
    const { digest: subject } = images.image("team/app:v1");
    for (const each of [images, registry]) each.attachReferrer("sigs", subject, bundle("b"));
    const asked = { images, subject, call: given };
    assert.deepEqual(brief(await ask(root, { ...asked, repository: `${images.address}/sigs` })), [
      "bundle b",
    ]);
    await assert.rejects(ask(root, { ...asked, repository: `${registry.address}/sigs` }), {
      code: "REGISTRY_DENIED",
    });
    assert.ok(registry.requests.length > 0);
    assert.ok(registry.requests.every(({ headers }) => headers["authorization"] === undefined));
  });

  it("unless registries.conf blocks it", async () => {
    using root = temporaryRoot();
    await using images = await startRegistry();
    configure(root, insecure(images), `[[registry]]\nlocation = "evil.example"\nblocked = true\n`);
    const { digest: subject } = images.image("team/app:v1");
    await assert.rejects(ask(root, { images, subject, repository: "evil.example/sigs" }), {
      code: "CONFIG_INVALID",
    });
  });
});

describe("by containerd's hosts.toml", () => {
  it("each page of a mirror's list is asked for as the first was", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry({ mirrors: true, referrers: { type: "api", pageSize: 1 } });
    const { digest: subject } = mirror.image("hub.example/team/app:v1");
    for (const text of ["1", "2", "3"]) mirror.attachReferrer("hub.example/team/app", subject, bundle(text));
    mirror.attachReferrer("sigs.example/s", subject, bundle("elsewhere"));
    for (const host of ["hub.example", "sigs.example"]) {
      root.write(`certs.d/${host}/hosts.toml`, `[host."http://${mirror.address}"]\n`);
    }
    const sources = openSources(
      {
        environment: root.environment,
        registriesConf: undefined,
        registriesD: undefined,
        authfile: undefined,
        registryConfigPath: [`${root.path}/certs.d`],
      },
      manualTiming(),
    );
    const source = await sources.imageSources().open(parseDockerImage("hub.example/team/app:v1"), signal);
    const own = { subject, kind: "signatures", place: { repository: undefined, tagPrefix: "" } } as const;
    assert.deepEqual(brief(await source.attachments(own, signal)), ["bundle 1", "bundle 2", "bundle 3"]);
    const repository = parseNamedReference("sigs.example/s");
    const elsewhere = { ...own, place: { repository, tagPrefix: "" } };
    assert.deepEqual(brief(await source.attachments(elsewhere, signal)), ["bundle elsewhere"]);
    await sources.close();
  });
});
