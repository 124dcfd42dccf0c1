import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  createPocketSigstore,
  type PocketSigstore,
} from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { type SigstoreServers, startSigstore } from "@countersign/testkit/sigstore-servers/sigstore-servers";
import { main } from "../main.ts";
import { type RecordedTerminal, recordingTerminal } from "../terminal.ts";

let registry: TestRegistry;
let root: TemporaryRoot;
let sigstore: PocketSigstore;
let servers: SigstoreServers;

before(async () => {
  registry = await startRegistry();
  root = temporaryRoot();
  // the command has a real clock
  sigstore = createPocketSigstore(Math.floor(Date.now() / 1000));
  servers = await startSigstore(sigstore);
  root.write("r.conf", `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`);
  root.write("trusted_root.json", sigstore.trustedRoot);
});
after(async () => {
  await servers.close();
  await registry.close();
  root[Symbol.dispose]();
});

async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RecordedTerminal["said"]> {
  const io = recordingTerminal({ HOME: root.path, ...environment });
  await main(args, io);
  return io.said;
}

const url = ({ address }: { readonly address: string }, path = ""): string => `http://${address}${path}`;
const conf = (): readonly string[] => ["--registries-conf", `${root.path}/r.conf`];
const withFulcio = (): readonly string[] => ["--fulcio-url", url(servers.fulcio)];
const withV1 = (): readonly string[] => ["--rekor-url", url(servers.rekor)];
const withV2 = (): readonly string[] => ["--rekor-url", url(servers.rekorTiles), "--rekor-version", "2"];
const withTsa = (): readonly string[] => ["--tsa-url", url(servers.timestampAuthority, "/api/v1/timestamp")];

function image(name: string): string {
  registry.image(name);
  return `${registry.address}/${name}`;
}

const sign = (name: string, ...flags: readonly string[]) =>
  run(["sign", ...conf(), ...flags, name], { SIGSTORE_ID_TOKEN: servers.oidc.token() });

/** What `countersign verify` says by a policy that asks for the developer's certificate, logged or stamped. */
async function verifies(name: string, demands: object = {}): Promise<number> {
  const identities = [{ issuer: servers.oidc.issuer, subject: "dev@example.com" }];
  const keyless = { trustedRoot: { path: `${root.path}/trusted_root.json` }, identities };
  const requirement = { type: "sigstore", authorities: [{ keyless, ...demands }] };
  const policy = root.write("policy.json", JSON.stringify({ countersign: 1, default: [requirement] }));
  return (await run(["verify", "--signature-policy", policy, ...conf(), name])).exitCode;
}

describe("countersign sign, without a key,", () => {
  const stamped = { timestamp: { threshold: 1 } };
  const rows: readonly (readonly [how: string, flags: () => readonly string[], demands: object])[] = [
    ["with Rekor v1", () => [...withFulcio(), ...withV1()], {}],
    ["with Rekor v1, as bundle", () => [...withFulcio(), ...withV1(), "--format", "bundle"], {}],
    ["with Rekor v1, in the old format", () => [...withFulcio(), ...withV1(), "--format", "legacy"], {}],
    [
      "with Rekor v1 and a timestamp",
      () => [...withFulcio(), ...withV1(), ...withTsa()],
      { ...stamped, transparency: {} },
    ],
    [
      "with Rekor v2 and a timestamp",
      () => [...withFulcio(), ...withV2(), ...withTsa(), "--format", "bundle"],
      { ...stamped, transparency: {} },
    ],
    ["with a timestamp alone", () => [...withFulcio(), ...withTsa()], stamped],
  ];
  for (const [at, [how, flags, demands]] of rows.entries()) {
    it(`makes an image verify ${how}`, async () => {
      const name = image(`keyless/${at}:v1`);
      assert.equal(await verifies(name, demands), 1);
      const said = await sign(name, ...flags());
      assert.equal(said.exitCode, 0, said.out + said.err);
      assert.equal(await verifies(name, demands), 0);
    });
  }

  it("finds the services in a signing config", async () => {
    const service = (address: string, majorApiVersion: number) => ({
      ...{ url: address, majorApiVersion, operator: "pocket.example" },
      validFor: { start: "2026-01-01T00:00:00Z" },
    });
    const config = {
      mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
      caUrls: [service(url(servers.fulcio), 1)],
      rekorTlogUrls: [service(url(servers.rekor), 1), service(url(servers.rekorTiles), 2)],
      rekorTlogConfig: { selector: "ANY" },
      tsaUrls: [service(url(servers.timestampAuthority, "/api/v1/timestamp"), 1)],
      tsaConfig: { selector: "ANY" },
    };
    const file = root.write("signing_config.json", JSON.stringify(config));
    const name = image("keyless/config:v1");
    const said = await sign(name, "--signing-config", file, "--format", "bundle");
    assert.equal(said.exitCode, 0, said.err);
    assert.equal(servers.rekorTiles.requests.length > 0, true);
    assert.equal(await verifies(name), 0);
  });

  it("takes the token from a file", async () => {
    const file = root.write("token", `${servers.oidc.token()}\n`);
    const name = image("keyless/file:v1");
    const said = await run([
      "sign",
      ...conf(),
      ...withFulcio(),
      ...withV1(),
      "--identity-token-file",
      file,
      name,
    ]);
    assert.equal(said.exitCode, 0, said.err);
  });

  it("signs twice what is signed twice: a certificate is another each time", async () => {
    const name = image("keyless/twice:v1");
    for (const _ of [1, 2]) await sign(name, ...withFulcio(), ...withV1(), "--format", "bundle");
    assert.equal(
      registry.store.referrers("keyless/twice", registry.image("keyless/twice:v1").digest).length,
      2,
    );
  });
});

describe("countersign sign with a key", () => {
  it("has it logged, too", async () => {
    const { privateKey } = createSigningKey("release");
    const key = root.write("release.key", privateKey.export({ type: "pkcs8", format: "pem" }));
    const name = image("keyed/app:v1");
    const before = servers.rekor.requests.length;
    const said = await run(["sign", ...conf(), "--key", key, ...withV1(), name]);
    assert.equal(said.exitCode, 0, said.err);
    assert.equal(servers.rekor.requests.length - before, 2);
  });

  it("has it logged again, unless it can verify that it is", async () => {
    const { privateKey } = createSigningKey("release");
    const key = root.write("again.key", privateKey.export({ type: "pkcs8", format: "pem" }));
    const name = image("keyed/again:v1");
    const signed = async (...flags: readonly string[]): Promise<readonly string[]> => {
      const command = ["sign", ...conf(), "--key", key, ...withV1(), "--output", "json", ...flags, name];
      const [{ signatures }] = JSON.parse((await run(command)).out);
      return signatures.map(({ outcome }: { readonly outcome: string }) => outcome);
    };
    const trusting = ["--trusted-root", `${root.path}/trusted_root.json`];
    assert.deepEqual(await signed(), ["stored", "stored"]);
    assert.deepEqual(await signed(), ["stored", "stored"]);
    assert.deepEqual(await signed(...trusting), ["already there", "already there"]);
  });
});

describe("countersign sign, without a key, refuses", () => {
  const rows: readonly (readonly [
    why: string,
    flags: () => readonly string[],
    exitCode: number,
    message: RegExp,
  ])[] = [
    ["when nobody says when", () => withFulcio(), 2, /give --rekor-url or --tsa-url/],
    [
      "Rekor v2 when nobody says when",
      () => [...withFulcio(), ...withV2(), "--format", "bundle"],
      2,
      /give --tsa-url, too/,
    ],
    [
      "Rekor v2 in the old format",
      () => [...withFulcio(), ...withV2(), ...withTsa()],
      2,
      /write --format bundle/,
    ],
    ["an address that is none", () => ["--fulcio-url", "fulcio.example"], 2, /write an address/],
    [
      "two tokens",
      () => [...withFulcio(), ...withV1(), "--identity-token", "a", "--identity-token-file", "b"],
      2,
      /both given/,
    ],
    [
      "a trusted root that is none",
      () => [...withFulcio(), ...withV1(), "--trusted-root", root.write("none.json", "{}")],
      2,
      /^countersign: --trusted-root \S+none\.json: trusted root: /,
    ],
    ["a version without a log", () => [...withFulcio(), "--rekor-version", "2"], 2, /goes with --rekor-url/],
    ["a config and more", () => [...withFulcio(), "--signing-config", "f"], 2, /leave it or the others out/],
    [
      "a token that is none",
      () => [...withFulcio(), ...withV1(), "--identity-token", "a"],
      2,
      /no OIDC token/,
    ],
    [
      "a token of somebody else's",
      () => [...withFulcio(), ...withV1(), "--identity-token", servers.oidc.token({ aud: "other" })],
      3,
      /^countersign: Fulcio refused: 401 "There was an error processing the identity token"\n$/,
    ],
  ];
  for (const [why, flags, exitCode, message] of rows) {
    it(why, async () => {
      const said = await sign("registry.example/app@sha256:".padEnd(92, "a"), ...flags());
      assert.equal(said.exitCode, exitCode);
      assert.match(said.err, message);
    });
  }

  it("without a token", async () => {
    const said = await run(["sign", ...conf(), ...withFulcio(), ...withV1(), "registry.example/app"]);
    assert.equal(said.exitCode, 2);
    assert.match(said.err, /the identity token: there is none: give --identity-token-file/);
  });
});
