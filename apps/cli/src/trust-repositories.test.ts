import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it, mock } from "node:test";
import type { Digest } from "@countersign/engine/values/digest";
import { resets } from "@countersign/testkit/registry/faults";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { type TlsAuthority, tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import type { PocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import {
  day,
  eve,
  expiries,
  honest,
  policyTrusting,
  signatureBy,
  start,
  successor,
} from "@countersign/testkit/trust-repository/trusted-workflow";
import {
  newKey,
  startTufRepository,
  type TufRepository,
} from "@countersign/testkit/trust-repository/tuf-repository";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

let tls: TlsAuthority;
let registry: TestRegistry;
let repository: TufRepository;
let root: TemporaryRoot;
before(async () => {
  tls = await tlsAuthority();
  registry = await startRegistry();
});
after(() => registry.close());
beforeEach(async () => {
  mock.timers.enable({ apis: ["Date"], now: start });
  root = temporaryRoot();
  const { certificate: cert, key } = await tls.server();
  repository = await startTufRepository(honest.trustedRoot, { expiries, tls: { cert, key } });
});
afterEach(async () => {
  await repository.close();
  root[Symbol.dispose]();
  mock.timers.reset();
});

let count = 0;
/** Publishes an image with a bundle of the workflow's, certified by a Sigstore; gives its name. */
function publish(sigstore: PocketSigstore, name?: string): string {
  const path = `app${++count}`;
  const { digest }: { readonly digest: Digest } = registry.image(`${path}:v1`, { files: { name: path } });
  registry.attachReferrer(path, digest, signatureBy(sigstore, digest, name));
  return `${registry.address}/${path}:v1`;
}

/** What a new process says by a policy that names the repository and its first root.json. */
async function verify(image: string, { trusting = tls.certificate, output = "text" } = {}) {
  const registries = `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`;
  const io = recordingTerminal({
    HOME: join(root.path, "home"),
    SSL_CERT_FILE: root.write("ca.pem", trusting),
  });
  const flags = [
    ...["--signature-policy", root.write("policy.json", policyTrusting(repository))],
    ...["--registries-conf", root.write("registries.conf", registries)],
  ];
  await main(["verify", ...flags, "--output", output, image], io);
  return io.said;
}

async function decided(image: string) {
  const { out, exitCode } = await verify(image, { output: "json" });
  const { decision, code, message } = JSON.parse(out);
  return { decision, code, message, exitCode };
}

const allowed = { decision: "allowed", code: "", message: "", exitCode: 0 };
const askedOfMirror = (): number => repository.requests.length;

/** What an image says is decided, without the words. */
async function verdict(image: string): Promise<readonly [string, string, number]> {
  const { decision, code, exitCode } = await decided(image);
  return [decision, code, exitCode];
}

describe("countersign verify by the trusted root of a TUF repository", () => {
  it("allows who is named, and nobody else whom the same Sigstore certifies", async () => {
    assert.deepEqual(await decided(publish(honest)), allowed);
    const other = await decided(publish(honest, "https://ci.example/other"));
    assert.deepEqual([other.decision, other.code], ["denied", "SIGNATURE_NOT_ACCEPTED"]);
    assert.match(other.message, /Signature by "https:\/\/ci\.example\/other" .* is not accepted/);
  });

  it("denies who is named, certified by a Sigstore that the repository does not publish", async () =>
    assert.deepEqual(await verdict(publish(eve)), ["denied", "SIGNATURE_NOT_ACCEPTED", 1]));

  it("decides without the repository, once it was there, until what is kept expires", async () => {
    const [good, bad] = [publish(honest), publish(eve)];
    assert.deepEqual(await decided(good), allowed);
    await repository.close();
    for (const passed of [1, day, 7 * day - 1]) {
      mock.timers.setTime(start + passed);
      assert.deepEqual(await decided(good), allowed);
      assert.deepEqual(await verdict(bad), ["denied", "SIGNATURE_NOT_ACCEPTED", 1]);
    }
    mock.timers.setTime(start + 7 * day);
    assert.deepEqual(await verdict(good), ["undecided", "TRUST_REPOSITORY_UNUSABLE", 3]);
  });

  it("asks the repository once a day, however many images there are", async () => {
    await verify(publish(honest));
    const before = askedOfMirror();
    assert.ok(before > 0);
    await verify(publish(honest));
    await verify(publish(eve));
    assert.equal(askedOfMirror(), before);
    mock.timers.setTime(start + day);
    await verify(publish(honest));
    assert.ok(askedOfMirror() > before);
  });

  it("follows keys that were replaced, and believes what is published under the new ones", async () => {
    const [old, young] = [publish(honest), publish(successor)];
    assert.deepEqual(await decided(old), allowed);
    for (const role of ["root", "timestamp", "snapshot", "targets"] as const) repository.rotate(role);
    repository.publish("trusted_root.json", successor.trustedRoot);
    mock.timers.setTime(start + day);
    assert.deepEqual(await decided(young), allowed);
    assert.deepEqual(await verdict(old), ["denied", "SIGNATURE_NOT_ACCEPTED", 1]);
  });
});

/** Each would have eve's Sigstore trusted if it were believed, and so her image run. */
describe("countersign verify allows nothing by a TUF repository", () => {
  const rows: ReadonlyArray<readonly [what: string, forge: () => void, why: RegExp]> = [
    [
      "whose new root.json too few of the old keys signed",
      () => {
        repository.keys.root = newKey();
        repository.rotate("timestamp");
      },
      /root\.json: root was signed by 0\/1 keys/,
    ],
    [
      "whose timestamp.json another key signed",
      () => {
        repository.keys.timestamp = newKey();
      },
      /timestamp\.json: timestamp was signed by 0\/1 keys/,
    ],
    [
      "whose targets.json another key signed",
      () => {
        repository.keys.targets = newKey();
      },
      /targets\.json: targets was signed by 0\/1 keys/,
    ],
  ];
  for (const [what, forge, why] of rows) {
    it(what, async () => {
      forge();
      repository.publish("trusted_root.json", eve.trustedRoot);
      await refused(publish(eve), why);
    });
  }

  it("whose target is not the one that targets.json describes", async () => {
    const size = Math.max(honest.trustedRoot.length, eve.trustedRoot.length);
    const padded = (json: Uint8Array) => Buffer.from(Buffer.from(json).toString().padEnd(size));
    repository.publish("trusted_root.json", padded(honest.trustedRoot));
    const targets = [...repository.files.keys()].filter((path) => path.startsWith("targets/"));
    for (const path of targets) repository.files.set(path, padded(eve.trustedRoot));
    await refused(publish(eve), /trusted_root\.json is not what targets\.json says/);
  });

  it("that goes back to what was withdrawn", async () => {
    repository.publish("trusted_root.json", eve.trustedRoot);
    repository.renew({ timestamp: start + 50 * day });
    const old = new Map(repository.files);
    repository.publish("trusted_root.json", honest.trustedRoot);
    repository.renew({ timestamp: start + 2 * day });
    const image = publish(eve);
    assert.deepEqual(await verdict(image), ["denied", "SIGNATURE_NOT_ACCEPTED", 1]);
    for (const [path, bytes] of old) repository.files.set(path, bytes);
    mock.timers.setTime(start + day);
    assert.deepEqual(await verdict(image), ["denied", "SIGNATURE_NOT_ACCEPTED", 1], "what is kept serves");
    mock.timers.setTime(start + 2 * day);
    await refused(image, /timestamp\.json has version \d, though version \d was seen before/);
  });

  /** In words for people, with what to do; and for programs, by a code. */
  async function refused(image: string, why: RegExp): Promise<void> {
    assert.deepEqual(await verdict(image), ["undecided", "TRUST_REPOSITORY_UNUSABLE", 3]);
    const { out } = await verify(image);
    assert.ok(out.includes(`TUF repository ${repository.mirror}: `), out);
    assert.match(out, why);
    assert.match(out, /\nnext +the mirror does not give what the policy's root\.json vouches for, .*attack/);
  }
});

describe("countersign verify says what to do about a TUF repository", () => {
  it("that is away", async () => {
    repository.fail(/./, resets());
    const { out } = await verify(publish(honest));
    assert.ok(out.includes(`TUF repository ${repository.mirror}: `), out);
    assert.match(out, /\nnext +nothing was decided; check that this machine reaches the mirror, /);
  });

  it("whose certificate nobody vouches for", async () => {
    const { certificate } = await tlsAuthority("Other CA");
    const { out } = await verify(publish(honest), { trusting: certificate });
    assert.match(out, /\nnext +put the CA of the mirror's certificate into the system's certificates\n/);
  });

  it("that gives nothing but what has expired", async () => {
    repository.renew({ timestamp: start - 1 });
    const { out } = await verify(publish(honest));
    assert.match(out, /timestamp\.json expired at 2026-01-01T23:59:59Z/);
    assert.match(out, /\nnext +have whoever runs the mirror publish what has not expired, /);
  });
});
