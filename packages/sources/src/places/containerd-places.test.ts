import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { ImageSource } from "@countersign/engine/verify/ports";
import { answers, refuses } from "@countersign/testkit/registry/faults";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import type { CallCredentials } from "../credentials/call-credentials.ts";
import { openSources } from "../open-sources.ts";

const { signal } = new AbortController();
const basicAccess = { type: "basic", users: { u: "p" } } as const;
const given = (server?: string): CallCredentials => ({
  credentials: { type: "basic", username: "u", password: "p" },
  server,
});
/** Nobody listens there. */
const nowhere = "127.0.0.1:1";

interface Opening {
  readonly call?: CallCredentials;
  readonly timing?: ManualTiming;
}

/** Opens one image by the hosts.toml files below `certs.d` of the root, uses it, and lets go of everything. */
async function withSource<T>(
  root: TemporaryRoot,
  image: string,
  use: (source: ImageSource) => Promise<T> | T,
  { call, timing = manualTiming() }: Opening = {},
): Promise<T> {
  const { environment } = root;
  const unset = { registriesConf: undefined, registriesD: undefined, authfile: undefined };
  const registryConfigPath = [`${root.path}/certs.d`];
  const sources = openSources({ environment, registryConfigPath, ...unset }, timing);
  try {
    return await use(await sources.imageSources(call).open(parseDockerImage(image), signal));
  } finally {
    await sources.close();
  }
}

const open = (root: TemporaryRoot, image: string, opening?: Opening): Promise<string> =>
  withSource(root, image, ({ physical }) => physical, opening);

async function failure(root: TemporaryRoot, image: string, opening?: Opening): Promise<CountersignError> {
  const failed = await open(root, image, opening).catch((error: unknown) => error);
  assert.ok(failed instanceof CountersignError);
  return failed;
}

const asked = ({ requests }: TestRegistry): string[] =>
  requests.map(({ method, path }) => `${method} ${path}`);
const authorizations = ({ requests }: TestRegistry): unknown[] =>
  requests.map(({ headers }) => headers["authorization"]);

function hosts(root: TemporaryRoot, content: string, registry = "hub.example"): string {
  return root.write(`certs.d/${registry}/hosts.toml`, content);
}

describe("an image is read", () => {
  it("from the host that hosts.toml names, which is told which registry is meant", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry({ mirrors: true });
    mirror.image("hub.example/team/app:v1");
    hosts(root, `[host."http://${mirror.address}"]\n`);
    assert.equal(await open(root, "hub.example/team/app:v1"), `${mirror.address}/team/app:v1`);
    assert.deepEqual(asked(mirror), ["GET /v2/team/app/manifests/v1?ns=hub.example"]);
  });

  it("from Docker's registry by its name there", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry({ mirrors: true });
    mirror.image("docker.io/library/busybox:latest");
    hosts(root, `[host."http://${mirror.address}"]\n`, "docker.io");
    assert.equal(await open(root, "busybox"), `${mirror.address}/library/busybox:latest`);
  });

  it("from a host for all registries", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry({ mirrors: true });
    mirror.image("any.example/app:v1");
    hosts(root, `server = "http://${mirror.address}"\n`, "_default");
    assert.equal(await open(root, "any.example/app:v1"), `${mirror.address}/app:v1`);
  });

  it("below the path that is the API's, by the name it has there", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    mirror.image("hub/team/app:v1");
    hosts(root, `[host."http://${mirror.address}/v2/hub"]\noverride_path = true\n`);
    assert.equal(await open(root, "hub.example/team/app:v1"), `${mirror.address}/hub/team/app:v1`);
  });

  it("below a path in front of the API", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry({ apiPath: "/us/v2" });
    mirror.image("app:v1");
    hosts(root, `[host."http://${mirror.address}/us"]\n`);
    assert.equal(await open(root, "hub.example/app:v1"), `${mirror.address}/app:v1`);
  });

  it("with the headers that are configured for a host", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    mirror.image("app:v1");
    hosts(root, `[host."http://${mirror.address}".header]\nX-Key = ["k3y"]\n`);
    await open(root, "hub.example/app:v1");
    assert.equal(mirror.requests[0]?.headers["x-key"], "k3y");
  });

  it("over HTTPS with the CA of hosts.toml, beside it", async () => {
    using root = temporaryRoot();
    const authority = await tlsAuthority();
    const { certificate: cert, key } = await authority.server();
    await using mirror = await startRegistry({ tls: { cert, key } });
    mirror.image("app:v1");
    root.write("certs.d/hub.example/ca.pem", authority.certificate);
    hosts(root, `[host."https://${mirror.address}"]\nca = "ca.pem"\n`);
    assert.equal(await open(root, "hub.example/app:v1"), `${mirror.address}/app:v1`);
  });

  it("showing the client certificate of hosts.toml", async () => {
    using root = temporaryRoot();
    const authority = await tlsAuthority();
    const { certificate: cert, key } = await authority.server();
    const tls = { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true };
    await using mirror = await startRegistry({ tls });
    mirror.image("app:v1");
    const me = await authority.client("me");
    root.write("certs.d/hub.example/ca.pem", authority.certificate);
    root.write("certs.d/hub.example/me.pem", `${me.certificate}\n${me.key}`);
    hosts(root, `[host."https://${mirror.address}"]\nca = "ca.pem"\nclient = "me.pem"\n`);
    assert.equal(await open(root, "hub.example/app:v1"), `${mirror.address}/app:v1`);
  });

  it("over HTTPS that nobody verifies, if it says so", async () => {
    using root = temporaryRoot();
    const { certificate: cert, key } = await (await tlsAuthority()).server();
    await using mirror = await startRegistry({ tls: { cert, key } });
    mirror.image("app:v1");
    hosts(root, `[host."https://${mirror.address}"]\nskip_verify = true\n`);
    assert.equal(await open(root, "hub.example/app:v1"), `${mirror.address}/app:v1`);
  });

  it("over plain HTTP where TLS was spoken of in vain", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    mirror.image("app:v1");
    hosts(root, `[host."http://${mirror.address}"]\nskip_verify = true\n`);
    assert.equal(await open(root, "hub.example/app:v1"), `${mirror.address}/app:v1`);
  });

  it("from a registry on this machine over plain HTTP, without any configuration", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    registry.image("app:v1");
    assert.equal(await open(root, `${registry.address}/app:v1`), `${registry.address}/app:v1`);
    assert.deepEqual(asked(registry), ["GET /v2/app/manifests/v1"]);
  });

  it("from a registry whose CA lies in its directory in Docker's layout", async () => {
    using root = temporaryRoot();
    const authority = await tlsAuthority();
    const { certificate: cert, key } = await authority.server();
    await using registry = await startRegistry({ tls: { cert, key } });
    registry.image("app:v1");
    root.write(`certs.d/${registry.address}/ca.crt`, authority.certificate);
    assert.equal(await open(root, `${registry.address}/app:v1`), `${registry.address}/app:v1`);
  });

  it("by a hosts.toml that was edited meanwhile", async () => {
    using root = temporaryRoot();
    await using first = await startRegistry();
    await using second = await startRegistry();
    for (const registry of [first, second]) registry.image("app:v1");
    const unset = { registriesConf: undefined, registriesD: undefined, authfile: undefined };
    const { environment } = root;
    const sources = openSources({ environment, registryConfigPath: [`${root.path}/certs.d`], ...unset });
    const physical = async () =>
      (await sources.imageSources().open(parseDockerImage("hub.example/app:v1"), signal)).physical;
    hosts(root, `[host."http://${first.address}"]\n`);
    const before = await physical();
    hosts(root, `[host."http://${second.address}"]\n`);
    const after = await physical();
    await sources.close();
    assert.deepEqual([before, after], [`${first.address}/app:v1`, `${second.address}/app:v1`]);
  });

  it("nowhere by registries.conf's mirrors and rewriting", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    await using other = await startRegistry();
    for (const registry of [mirror, other]) registry.image("app:v1");
    root.write(
      "etc/containers/registries.conf",
      `[[registry]]\nprefix = "hub.example"\nlocation = "${other.address}"\ninsecure = true\n`,
    );
    hosts(root, `[host."http://${mirror.address}"]\n`);
    assert.equal(await open(root, "hub.example/app:v1"), `${mirror.address}/app:v1`);
    assert.deepEqual(asked(other), []);
  });
});

describe("the next host is asked", () => {
  async function physicalAfter(first: (address: string) => string, spoil = (_first: TestRegistry) => {}) {
    using root = temporaryRoot();
    await using one = await startRegistry();
    await using two = await startRegistry();
    for (const registry of [one, two]) registry.image("app:v1");
    spoil(one);
    hosts(root, `${first(one.address)}[host."http://${two.address}"]\n`);
    const timing = manualTiming();
    const physical = await open(root, "hub.example/app:v1", { timing });
    assert.deepEqual(timing.slept, []);
    return { isSecond: physical === `${two.address}/app:v1`, asked: asked(one).length };
  }
  const plain = (address: string): string => `[host."http://${address}"]\n`;

  const rows: readonly (readonly [why: string, spoil: (first: TestRegistry) => void])[] = [
    ["when one does not have the image", (first) => first.fail(/./, refuses(404, "MANIFEST_UNKNOWN", "no"))],
    ["when one does not let us in", (first) => first.fail(/./, refuses(403, "DENIED", "no"))],
    ["when one is in trouble, without waiting for it", (first) => first.fail(/./, answers(answer(503)))],
  ];
  for (const [why, spoil] of rows) {
    it(why, async () => assert.deepEqual(await physicalAfter(plain, spoil), { isSecond: true, asked: 1 }));
  }
  it("when nobody is there", async () =>
    assert.equal((await physicalAfter(() => plain(nowhere))).isSecond, true));
  it("when one has no address that could be asked", async () =>
    assert.equal((await physicalAfter(() => `[host."httpd.example"]\n`)).isSecond, true));
  it("when one has headers that cannot be sent", async () =>
    assert.deepEqual(await physicalAfter((address) => `${plain(address)}header = { "a b" = "s3cret" }\n`), {
      isSecond: true,
      asked: 0,
    }));
  it("when a tag is not one's to resolve", async () =>
    assert.deepEqual(await physicalAfter((address) => `${plain(address)}capabilities = ["pull"]\n`), {
      isSecond: true,
      asked: 0,
    }));

  it("not for a digest, which needs no resolving", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    const { digest } = mirror.image("app:v1");
    hosts(root, `[host."http://${mirror.address}"]\ncapabilities = ["pull"]\n`);
    assert.equal(await open(root, `hub.example/app@${digest}`), `${mirror.address}/app@${digest}`);
  });

  it("not for signatures: they are read where the image was", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    await using other = await startRegistry();
    const { digest } = mirror.image("app:v1");
    other.image("app:v1");
    for (const [registry, text] of [
      [mirror, "mirror"],
      [other, "other"],
    ] as const) {
      registry.attachSignatures("app", digest, [{ payload: Buffer.from(text), annotations: new Map() }]);
    }
    hosts(root, `[host."http://${mirror.address}"]\n[host."http://${other.address}"]\n`);
    root.write(
      "etc/containers/registries.d/a.yaml",
      `docker:\n  "${mirror.address}":\n    use-sigstore-attachments: true\n`,
    );
    const found = await withSource(root, "hub.example/app:v1", (source) => source.signatures(digest, signal));
    assert.deepEqual(
      found.map((entry) => entry.type === "sigstore" && Buffer.from(entry.payload).toString()),
      ["mirror"],
    );
    assert.ok(asked(mirror).every((line) => line.endsWith("?ns=hub.example")));
    assert.deepEqual(asked(other), []);
  });
});

describe("a call's credentials", () => {
  async function shownTo(mirrorServer?: (address: string) => string): Promise<readonly unknown[]> {
    using root = temporaryRoot();
    await using mirror = await startRegistry({ access: basicAccess });
    await using last = await startRegistry();
    for (const registry of [mirror, last]) registry.image("app:v1");
    hosts(root, `[host."http://${mirror.address}"]\n[host."http://${last.address}"]\n`);
    await open(root, "hub.example/app:v1", { call: given(mirrorServer?.(mirror.address)) });
    return authorizations(mirror);
  }
  const proof = `Basic ${Buffer.from("u:p").toString("base64")}`;

  it("are shown to a host that asks for them, as containerd shows them", async () =>
    assert.deepEqual(await shownTo(), [undefined, proof]));
  it("are shown to the host they name", async () =>
    assert.deepEqual(await shownTo((address) => `http://${address}`), [undefined, proof]));
  it("are not shown to a host when they name the registry itself", async () =>
    assert.deepEqual(await shownTo(() => "hub.example"), [undefined]));

  it("are shown to the registry itself alone when they are a token, which containerd shows nobody", async () => {
    using root = temporaryRoot();
    const access = { type: "bearer", users: {}, registryTokens: ["t0ken"] } as const;
    await using mirror = await startRegistry({ access });
    await using registry = await startRegistry({ access });
    registry.image("app:v1");
    hosts(root, `[host."http://${mirror.address}"]\n`, registry.address);
    const call: CallCredentials = {
      credentials: { type: "registryToken", token: "t0ken" },
      server: undefined,
    };
    assert.equal(await open(root, `${registry.address}/app:v1`, { call }), `${registry.address}/app:v1`);
    assert.ok(authorizations(registry).includes("Bearer t0ken"));
    assert.ok(!authorizations(mirror).includes("Bearer t0ken"));
  });

  it("give way to none of a file's, by the name of the place", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry({ access: basicAccess });
    mirror.image("hub/app:v1");
    root.write(
      "run/containers/0/auth.json",
      JSON.stringify({ auths: { [`${mirror.address}/hub`]: { auth: "dTpw" } } }),
    );
    hosts(root, `[host."http://${mirror.address}/v2/hub"]\noverride_path = true\n`);
    assert.equal(await open(root, "hub.example/app:v1"), `${mirror.address}/hub/app:v1`);
  });
});

describe("an image cannot be read, and it is told why,", () => {
  it("when no host has it: all of them", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    await using last = await startRegistry();
    hosts(
      root,
      `server = "http://${last.address}"\n[host."http://${mirror.address}"]\n[host."http://${nowhere}"]\n`,
    );
    const { code, message } = await failure(root, "hub.example/app:v1");
    assert.equal(code, "REGISTRY_NOT_FOUND");
    assert.equal(
      message,
      "initializing source docker://hub.example/app:v1: (Mirrors also failed: " +
        `[${mirror.address}/app:v1: reading manifest v1 in ${mirror.address}/app: manifest unknown]\n` +
        `[${nowhere}/app:v1: Get "http://${nowhere}/v2/app/manifests/v1?ns=hub.example": dial tcp ${nowhere}: connect: connection refused]): ` +
        `${last.address}/app:v1: reading manifest v1 in ${last.address}/app: manifest unknown`,
    );
  });

  it("when hosts.toml could not be read either, which containerd would pass over as well", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    const path = hosts(root, "[host.\n", registry.address);
    const { message } = await failure(root, `${registry.address}/app:v1`);
    const begin = `initializing source docker://${registry.address}/app:v1: (Mirrors also failed: [${path}: toml: line `;
    assert.ok(message.startsWith(begin), message);
    assert.ok(
      message.endsWith(
        `]): ${registry.address}/app:v1: reading manifest v1 in ${registry.address}/app: manifest unknown`,
      ),
    );
  });

  const rows: readonly (readonly [why: string, content: string, image: string, message: RegExp])[] = [
    [
      "when no host may resolve a tag",
      `server = "https://${nowhere}"\ncapabilities = ["pull"]\n`,
      "hub.example/app:v1",
      /: no resolve hosts: not found: no host in containerd's hosts\.toml has the capabilities "pull" and "resolve"$/,
    ],
    [
      "when no host may be pulled from",
      `server = "https://${nowhere}"\ncapabilities = ["push"]\n`,
      `hub.example/app@sha256:${"0".repeat(64)}`,
      /: no resolve hosts: not found: no host in containerd's hosts\.toml has the capabilities "pull"$/,
    ],
    [
      "when a CA is not there, be it of another host",
      `server = "https://${nowhere}"\n[host."http://${nowhere}"]\nca = "none.pem"\ncapabilities = ["push"]\n`,
      "hub.example/app:v1",
      /: unable to read CA cert ".*\/hub\.example\/none\.pem": open .*: no such file or directory$/,
    ],
  ];
  for (const [why, content, image, wanted] of rows) {
    it(why, async () => {
      using root = temporaryRoot();
      hosts(root, content);
      const { code, message } = await failure(root, image);
      assert.equal(code, "CONFIG_INVALID");
      assert.match(message, wanted);
    });
  }

  it("when registries.conf blocks the name that was asked for, wherever it would be read", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    mirror.image("app:v1");
    root.write("etc/containers/registries.conf", `[[registry]]\nlocation = "hub.example"\nblocked = true\n`);
    hosts(root, `[host."http://${mirror.address}"]\n`);
    const { code, message } = await failure(root, "hub.example/app:v1");
    assert.equal(code, "CONFIG_INVALID");
    assert.match(message, /: registry hub\.example is blocked in one of \[/);
    assert.deepEqual(asked(mirror), []);
  });

  it("without a header's value, whatever the host says", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry();
    mirror.fail(/./, refuses(403, "DENIED", "you sent k3y-of-ours"));
    hosts(root, `server = "http://${mirror.address}"\n[header]\nx-key = "k3y-of-ours"\n`);
    const { message } = await failure(root, "hub.example/app:v1");
    assert.match(message, /denied: you sent REDACTED$/);
  });
});
