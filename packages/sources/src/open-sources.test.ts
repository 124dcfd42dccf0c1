import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { ImageSource } from "@countersign/engine/verify/ports";
import { answers, corrupts, neverEnds, refuses, sendsAs } from "@countersign/testkit/registry/faults";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import type { CallCredentials } from "./credentials/call-credentials.ts";
import { openSources } from "./open-sources.ts";

const { signal } = new AbortController();
const right: CallCredentials = {
  credentials: { type: "basic", username: "u", password: "p" },
  server: undefined,
};
const basicAccess = { type: "basic", users: { u: "p" } } as const;

const insecure = (address: string): string => `[[registry]]\nlocation = "${address}"\ninsecure = true\n`;
const useAttachments = "default-docker:\n  use-sigstore-attachments: true\n";
const authFor = (address: string): string => JSON.stringify({ auths: { [address]: { auth: "dTpw" } } });

/** Opens one image with the configuration below `root`, uses it, and lets go of everything. */
async function withSource<T>(
  root: TemporaryRoot,
  image: string,
  use: (source: ImageSource) => Promise<T> | T,
  credentials?: CallCredentials,
): Promise<T> {
  const { environment } = root;
  const unset = { registriesConf: undefined, registriesD: undefined, authfile: undefined };
  const sources = openSources({ environment, ...unset }, manualTiming());
  try {
    return await use(await sources.imageSources(credentials).open(parseDockerImage(image), signal));
  } finally {
    await sources.close();
  }
}

const open = (root: TemporaryRoot, image: string, credentials?: CallCredentials): Promise<string> =>
  withSource(root, image, ({ physical }) => physical, credentials);

const conf = "etc/containers/registries.conf";

describe("openSources reads an image", () => {
  it("over plain HTTP where that is configured", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    const { bytes, mediaType } = registry.image("team/app:v1");
    root.write(conf, insecure(registry.address));
    const name = `${registry.address}/team/app:v1`;
    const { physical, manifest } = await withSource(root, name, (source) => source);
    assert.deepEqual([physical, manifest], [name, { bytes: Buffer.from(bytes), mediaType }]);
  });

  it("over HTTPS with the CA of certs.d", async () => {
    using root = temporaryRoot();
    const authority = await tlsAuthority();
    const { certificate: cert, key } = await authority.server();
    await using registry = await startRegistry({ tls: { cert, key } });
    registry.image("app:v1");
    root.write(`etc/containers/certs.d/${registry.address}/ca.crt`, authority.certificate);
    assert.equal(await open(root, `${registry.address}/app:v1`), `${registry.address}/app:v1`);
  });

  it("from where registries.conf says it is", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    registry.image("copies/app:v1");
    root.write(
      conf,
      `[[registry]]\nprefix = "hub.example/team"\nlocation = "${registry.address}/copies"\ninsecure = true\n`,
    );
    assert.equal(await open(root, "hub.example/team/app:v1"), `${registry.address}/copies/app:v1`);
  });

  it("with the credentials of the place where it is", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry({ access: basicAccess });
    registry.image("copies/app:v1");
    root.write(
      conf,
      `[[registry]]\nprefix = "hub.example/team"\nlocation = "${registry.address}/copies"\ninsecure = true\n`,
    );
    root.write("run/containers/0/auth.json", authFor(`${registry.address}/copies`));
    assert.equal(await open(root, "hub.example/team/app:v1"), `${registry.address}/copies/app:v1`);
  });

  it("with credentials from the call instead of any file's", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry({ access: basicAccess });
    registry.image("app:v1");
    root.write(conf, insecure(registry.address));
    root.write("run/containers/0/auth.json", "not even JSON");
    assert.equal(await open(root, `${registry.address}/app:v1`, right), `${registry.address}/app:v1`);
  });
});

describe("openSources with mirrors", () => {
  const mirrored = (mirror: string, primary: string): string =>
    `[[registry]]\nlocation = "${primary}"\ninsecure = true\n[[registry.mirror]]\nlocation = "${mirror}"\ninsecure = true\n`;

  async function pair(access?: typeof basicAccess): Promise<{ mirror: TestRegistry; primary: TestRegistry }> {
    const options = access === undefined ? {} : { access };
    return { mirror: await startRegistry(options), primary: await startRegistry(options) };
  }

  it("reads from the mirror what it has", async () => {
    using root = temporaryRoot();
    const { mirror, primary } = await pair();
    mirror.image("app:v1");
    root.write(conf, mirrored(mirror.address, primary.address));
    const physical = await open(root, `${primary.address}/app:v1`);
    await Promise.all([mirror.close(), primary.close()]);
    assert.deepEqual([physical, primary.requests.length], [`${mirror.address}/app:v1`, 0]);
  });

  it("reads from the registry what the mirror does not have, signatures too", async () => {
    using root = temporaryRoot();
    const { mirror, primary } = await pair();
    const { digest } = primary.image("app:v1");
    primary.attachSignatures("app", digest, [{ payload: Buffer.from("real"), annotations: new Map() }]);
    mirror.attachSignatures("app", digest, [{ payload: Buffer.from("fake"), annotations: new Map() }]);
    root.write(conf, mirrored(mirror.address, primary.address));
    root.write("etc/containers/registries.d/a.yaml", useAttachments);
    const found = await withSource(root, `${primary.address}/app:v1`, (source) =>
      source.signatures(digest, signal),
    );
    await Promise.all([mirror.close(), primary.close()]);
    assert.deepEqual(
      found.map((entry) => entry.type === "sigstore" && Buffer.from(entry.payload).toString()),
      ["real"],
    );
  });

  it("never shows a mirror the credentials that came with the call", async () => {
    using root = temporaryRoot();
    const { mirror, primary } = await pair(basicAccess);
    mirror.image("app:v1");
    primary.image("app:v1");
    root.write(conf, mirrored(mirror.address, primary.address));
    const physical = await open(root, `${primary.address}/app:v1`, right);
    await Promise.all([mirror.close(), primary.close()]);
    assert.equal(physical, `${primary.address}/app:v1`);
    assert.ok(
      mirror.requests.length > 0 &&
        mirror.requests.every(({ headers }) => headers["authorization"] === undefined),
    );
  });

  it("tells all failures, the registry's own as the reason", async () => {
    using root = temporaryRoot();
    const { mirror, primary } = await pair();
    mirror.fail(/manifests/, refuses(403, "DENIED", "no"));
    root.write(conf, mirrored(mirror.address, primary.address));
    const name = `${primary.address}/app:v1`;
    const failed = await open(root, name).catch((error: CountersignError) => error);
    await Promise.all([mirror.close(), primary.close()]);
    assert.ok(failed instanceof CountersignError);
    assert.deepEqual(
      [failed.code, failed.message],
      [
        "REGISTRY_NOT_FOUND",
        `initializing source docker://${name}: (Mirrors also failed: [${mirror.address}/app:v1: reading manifest v1 in ${mirror.address}/app: denied: no]): ${name}: reading manifest v1 in ${primary.address}/app: manifest unknown`,
      ],
    );
  });
});

describe("openSources looks for attachments", () => {
  async function count(registriesD: (address: string) => string, location = ""): Promise<number> {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    const { digest } = registry.image("app:v1");
    registry.attachSignatures("app", digest, [{ payload: Buffer.from("x"), annotations: new Map() }]);
    root.write(
      conf,
      location === ""
        ? insecure(registry.address)
        : `[[registry]]\nprefix = "${location}"\nlocation = "${registry.address}"\ninsecure = true\n`,
    );
    root.write("etc/containers/registries.d/a.yaml", registriesD(registry.address));
    const host = location === "" ? registry.address : location;
    return await withSource(
      root,
      `${host}/app:v1`,
      async (source) => (await source.signatures(digest, signal)).length,
    );
  }
  const scope = (host: string): string => `docker:\n  "${host}":\n    use-sigstore-attachments: true\n`;

  it("where registries.d says so", async () => assert.equal(await count(scope), 1));
  it("nowhere else", async () => assert.equal(await count(() => scope("hub.example")), 0));
  it("by the name of the place where the image is", async () =>
    assert.equal(await count(scope, "hub.example"), 1));
  it("not by the name under which it was asked for", async () =>
    assert.equal(await count(() => scope("hub.example"), "hub.example"), 0));
});

describe("openSources fails, and says for which image,", () => {
  const rows: readonly (readonly [
    why: string,
    set: (root: TemporaryRoot, registry: TestRegistry) => void,
    code: string,
    message: (address: string) => string | RegExp,
  ])[] = [
    [
      "when there is no such tag",
      (root, { address }) => root.write(conf, insecure(address)),
      "REGISTRY_NOT_FOUND",
      (address) => `reading manifest v1 in ${address}/app: manifest unknown`,
    ],
    [
      "when the registry is not to be talked to in the clear",
      () => {},
      "REGISTRY_UNREACHABLE",
      (address) =>
        `pinging container registry ${address}: Get "https://${address}/v2/": http: server gave HTTP response to HTTPS client`,
    ],
    [
      "when the registry is blocked",
      (root, { address }) => root.write(conf, `${insecure(address)}blocked = true\n`),
      "CONFIG_INVALID",
      (address) => new RegExp(`registry ${address} is blocked in one of \\["/.*registries\\.conf" .*\\]$`),
    ],
    [
      "when registries.conf cannot be read",
      (root) => root.write(conf, "["),
      "CONFIG_INVALID",
      () =>
        /: loading registries configuration: loading registries configuration ".*registries\.conf": toml: line 1, column /,
    ],
    [
      "when registries.d cannot be read",
      (root) => root.write("etc/containers/registries.d/a.yaml", "["),
      "CONFIG_INVALID",
      () => /: parsing .*a\.yaml: yaml: /,
    ],
    [
      "when credentials cannot be read",
      (root, { address }) => {
        root.write(conf, insecure(address));
        root.write("run/containers/0/auth.json", "s3cret");
      },
      "CREDENTIALS_UNREADABLE",
      () =>
        /: getting username and password: reading JSON file ".*auth\.json": unmarshaling JSON at ".*auth\.json": invalid character 's' looking for beginning of value$/,
    ],
    [
      "when half a client certificate is there",
      (root, { address }) => root.write(`etc/docker/certs.d/${address}/me.cert`, "x"),
      "CONFIG_INVALID",
      () =>
        "missing key me.key for client certificate me.cert. Note that CA certificates should use the extension .crt",
    ],
    [
      "when the manifest has no end",
      (root, registry) => {
        root.write(conf, insecure(registry.address));
        registry.image("app:v1");
        registry.fail(/manifests/, neverEnds());
      },
      "TOO_LARGE",
      (address) =>
        `reading manifest body v1 in ${address}/app: exceeded maximum allowed size of 4194304 bytes`,
    ],
  ];
  for (const [why, set, code, message] of rows) {
    it(why, async () => {
      using root = temporaryRoot();
      await using registry = await startRegistry();
      set(root, registry);
      const name = `${registry.address}/app:v1`;
      const expected = message(registry.address);
      const begin = `initializing source docker://${name}: `;
      await assert.rejects(open(root, name), (error: CountersignError) => {
        assert.equal(error.code, code);
        if (typeof expected === "string") assert.equal(error.message, begin + expected);
        else assert.match(error.message, expected);
        assert.ok(error.message.startsWith(begin));
        return true;
      });
    });
  }

  it("in the short form in which people write it", async () => {
    using root = temporaryRoot();
    root.write(conf, "[");
    await assert.rejects(open(root, "busybox"), {
      message: /^initializing source docker:\/\/busybox:latest: /,
    });
  });

  it("when the caller is gone already", async () => {
    using root = temporaryRoot();
    const unset = { registriesConf: undefined, registriesD: undefined, authfile: undefined };
    const sources = openSources({ environment: root.environment, ...unset });
    await assert.rejects(
      sources.imageSources().open(parseDockerImage("127.0.0.1:1/x"), AbortSignal.abort()),
      { code: "CANCELLED" },
    );
    await sources.close();
  });
});

describe("a source fails", () => {
  async function attempt(
    use: (source: ImageSource, registry: TestRegistry) => Promise<unknown>,
  ): Promise<CountersignError> {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    const { digest } = registry.image("app:v1");
    registry.attachSignatures("app", digest, [{ payload: Buffer.from("x"), annotations: new Map() }]);
    root.write(conf, insecure(registry.address));
    root.write("etc/containers/registries.d/a.yaml", useAttachments);
    const failed = await withSource(root, `${registry.address}/app:v1`, (source) =>
      use(source, registry),
    ).catch((error: unknown) => error);
    assert.ok(failed instanceof CountersignError);
    return failed;
  }

  it("when an instance is not what its digest says", async () => {
    const { code, message } = await attempt((source, registry) => {
      const { digest } = registry.image("app:other", { files: { "a.txt": "a" } });
      registry.fail(/manifests/, corrupts());
      return source.instanceManifest(digest, signal);
    });
    assert.equal(code, "MANIFEST_DIGEST_MISMATCH");
    assert.match(message, /^Manifest does not match provided manifest digest sha256:[0-9a-f]{64}$/);
  });

  it("when a signature is not what its digest says", async () => {
    const { code } = await attempt((source, registry) => {
      registry.fail(/blobs/, corrupts());
      return source.signatures(registry.image("app:v1").digest, signal);
    });
    assert.equal(code, "REGISTRY_ANSWER_INVALID");
  });

  it("when what should be signatures is of another type", async () => {
    const { code } = await attempt((source, registry) => {
      registry.fail(/\.sig$/, sendsAs("application/json"));
      return source.signatures(registry.image("app:v1").digest, signal);
    });
    assert.equal(code, "REGISTRY_ANSWER_INVALID");
  });

  it("when the registry cannot say whether there are signatures", async () => {
    const { code } = await attempt((source, registry) => {
      registry.fail(/\.sig$/, answers(answer(500)));
      return source.signatures(registry.image("app:v1").digest, signal);
    });
    assert.equal(code, "REGISTRY_UNREACHABLE");
  });
});
