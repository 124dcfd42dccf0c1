import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startRegistry as startListingRegistry } from "@countersign/testkit/registry/registry";
import { askSkopeo } from "../differential/skopeo.ts";
import { type Cosign, openCosign } from "../peers/cosign.ts";
import { runCountersign } from "../peers/countersign.ts";
import { pushTiny, pushTinyIndex, thisPlatform } from "../peers/images.ts";
import { newerProgram, run } from "../peers/programs.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { startRegistry } from "../peers/registry.ts";
import { makeScratch, type Scratch } from "../peers/scratch.ts";
import { type KeyPair, makeKeyPair } from "../peers/signing.ts";
import { type TrustFiles, writePolicy, writeTrustFiles } from "../peers/trust-files.ts";

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const formats = ["bundle", "legacy"] as const;

/** A registry on a loopback port, whichever program it is. */
interface Host {
  readonly host: string;
  close(): Promise<void>;
}

const registries: readonly (readonly [what: string, start: () => Promise<Host>])[] = [
  ["a registry without lists of referrers", startRegistry],
  [
    "a registry that lists referrers",
    async () => {
      const registry = await startListingRegistry();
      return { host: registry.address, close: () => registry.close() };
    },
  ],
];

for (const [what, start] of registries) {
  describe(`signatures in ${what}`, () => {
    let scratch: Scratch;
    let registry: Host;
    let trust: TrustFiles;
    let key: KeyPair;
    let stranger: KeyPair;
    let cosign: Cosign;
    let predicate: string;

    before(async () => {
      scratch = await makeScratch("signing");
      registry = await start();
      trust = await writeTrustFiles(scratch.path, [registry.host], {});
      key = await makeKeyPair(scratch.path, "key");
      stranger = await makeKeyPair(scratch.path, "stranger");
      cosign = await openCosign(scratch.path, key);
      predicate = join(scratch.path, "predicate.json");
      await writeFile(
        predicate,
        JSON.stringify({ buildType: "https://build.example/v1", builder: { id: "b" } }),
      );
    });
    after(async () => {
      await registry?.close();
      await scratch?.remove();
    });

    const image = (name: string): Promise<PushedImage> => pushTiny(registry.host, name);

    /** Runs the command as it is; what it prints as JSON. */
    async function ours(command: "sign" | "attest", of: PushedImage, ...flags: readonly string[]) {
      const { status, stdout, stderr } = await runCountersign(
        [
          ...[command, "--key", key.privateKey, "--registries-conf", trust.registriesConf],
          ...["--output", "json", ...flags, `${of.repository}@${of.digest}`],
        ],
        { COSIGN_PASSWORD: "" },
      );
      assert.equal(status, 0, stdout + stderr);
      return JSON.parse(stdout)[0];
    }

    /** The answer of `countersign verify`. */
    async function verified(of: PushedImage, policy: object): Promise<{ decision: string; message: string }> {
      await writePolicy(trust.policy, policy);
      const { stdout, stderr } = await runCountersign([
        ...["verify", "--output", "json", "--signature-policy", trust.policy],
        ...["--registries-conf", trust.registriesConf, "--registries-d", trust.registriesD, of.reference],
      ]);
      assert.notEqual(stdout, "", stderr);
      const { decision, message } = JSON.parse(stdout);
      return { decision, message };
    }

    /** Asks for a key's vote in the extension's words. */
    const voted = ({ publicKey }: KeyPair, more: object = {}, identity = "digestOnly") => ({
      countersign: 1,
      default: [
        {
          type: "sigstore",
          authorities: [{ key: { path: publicKey }, ...more }],
          signedIdentity: { type: identity },
        },
      ],
    });
    const allowed = { decision: "allowed", message: "" };

    describe("that Countersign makes", () => {
      for (const format of formats) {
        it(`as ${format} are accepted by cosign 3, by the right key only`, async () => {
          const app = await image(`ours/${format}:v1`);
          await ours("sign", app, "--format", format);
          assert.equal(await cosign.verify(app, format), 1);
          await assert.rejects(cosign.verify(app, format, stranger));
        });

        it(`of an index and all of its images as ${format} are accepted by cosign 3`, async () => {
          const { index, instances } = await pushTinyIndex(registry.host, `ours/${format}-index:v1`);
          await ours("sign", index, "--format", format, "--recursive");
          for (const one of [index, ...instances]) assert.equal(await cosign.verify(one, format), 1);
        });

        it(`of what a file says, as ${format}, are accepted by cosign 3, and are no signatures`, async () => {
          const app = await image(`ours/${format}-attested:v1`);
          await ours(
            "attest",
            app,
            "--format",
            format,
            "--type",
            "slsaprovenance1",
            "--predicate",
            predicate,
          );
          const [statement] = await cosign.verifyAttestation(app, format, "slsaprovenance1");
          assert.equal(statement?.predicateType, "https://slsa.dev/provenance/v1");
          assert.deepEqual(statement?.predicate, {
            buildType: "https://build.example/v1",
            builder: { id: "b" },
          });
          assert.equal((await verified(app, voted(key))).decision, "denied");
        });
      }

      for (const first of ["ours", "cosign's"] as const) {
        it(`stand beside those of cosign, ${first} first`, async () => {
          const app = await image(`ours/beside-${first === "ours" ? "a" : "b"}:v1`);
          const steps = [
            () => ours("sign", app, "--identity", "public.example/app:v1"),
            () => cosign.sign(app, "legacy"),
            () => cosign.sign(app, "bundle"),
          ];
          for (const step of first === "ours" ? steps : steps.toReversed()) await step();
          assert.equal(await cosign.verify(app, "legacy"), 2);
          assert.equal(await cosign.verify(app, "bundle"), 2);
        });
      }

      it("are stored once, however often they are made", async () => {
        const app = await image("ours/twice:v1");
        await ours("sign", app);
        const { signatures } = await ours("sign", app);
        assert.deepEqual(
          signatures.map(({ outcome }: { outcome: string }) => outcome),
          ["already there", "already there"],
        );
        assert.equal(await cosign.verify(app, "legacy"), 1);
      });

      it("are found and read by oras and crane", async () => {
        const app = await image("ours/read:v1");
        await ours("sign", app);
        await ours("attest", app, "--type", "slsaprovenance1", "--predicate", predicate);
        const name = `${app.repository}@${app.digest}`;
        const flags = ["--plain-http", "--format", "json", "--artifact-type", bundleType];
        const { referrers } = JSON.parse(await run(newerProgram("oras"), ["discover", ...flags, name]));
        assert.equal(referrers.length, 2);
        for (const { artifactType, digest } of referrers) {
          assert.equal(artifactType, bundleType);
          const manifest = await run(newerProgram("crane"), ["manifest", `${app.repository}@${digest}`]);
          const { layers, subject } = JSON.parse(manifest);
          assert.equal(subject.digest, app.digest);
          const blob = await run(newerProgram("crane"), ["blob", `${app.repository}@${layers[0].digest}`]);
          assert.equal(JSON.parse(blob).mediaType, bundleType);
        }
        const tags = await run(newerProgram("crane"), ["ls", app.repository]);
        for (const suffix of [".sig", ".att"]) {
          assert.ok(tags.split("\n").includes(`${app.digest.replace(":", "-")}${suffix}`));
        }
      });

      it("come along into an OCI layout by oras, beside those of cosign, and are accepted there", async () => {
        for (const by of ["ours", "cosign"] as const) {
          const app = await image(`${by}/carried:v1`);
          await (by === "ours" ? ours("sign", app, "--format", "bundle") : cosign.sign(app, "bundle"));
          const layout = join(scratch.path, `carried-${by}`);
          await run(newerProgram("oras"), [
            ...["cp", "-r", "--from-plain-http", app.reference],
            ...["--to-oci-layout", `${layout}:v1`],
          ]);
          const carried = { ...app, reference: `oci:${layout}:v1` };
          assert.deepEqual(await verified(carried, voted(key)), allowed);
          assert.equal((await verified(carried, voted(stranger))).decision, "denied");
        }
      });

      it("of before bundles are accepted in an OCI layout that oras copied their tag into", async () => {
        const app = await image("ours/carried-tag:v1");
        await ours("sign", app, "--format", "legacy");
        const layout = join(scratch.path, "carried-tag");
        for (const tag of ["v1", `${app.digest.replace(":", "-")}.sig`]) {
          await run(newerProgram("oras"), [
            ...["cp", "--from-plain-http", `${app.repository}:${tag}`],
            ...["--to-oci-layout", `${layout}:${tag}`],
          ]);
        }
        const carried = { ...app, reference: `oci:${layout}:v1` };
        assert.deepEqual(await verified(carried, voted(key)), allowed);
        assert.equal((await verified(carried, voted(stranger))).decision, "denied");
      });

      it("are accepted by skopeo under the name that was set, and under no other", async () => {
        const app = await image("mirror/app:v1");
        const name = "public.example/shop/app:v1";
        await ours("sign", app, "--format", "legacy", "--identity", name);
        const policy = (dockerReference: string) => ({
          default: [
            {
              type: "sigstoreSigned",
              keyPath: key.publicKey,
              signedIdentity: { type: "exactReference", dockerReference },
            },
          ],
        });
        const askBoth = async (reference: string) => {
          const said = await verified(app, policy(reference));
          const theirs = await askSkopeo(
            {
              named: { ...trust, authfile: undefined },
              source: `docker://${app.reference}`,
              platform: thisPlatform,
              home: scratch.path,
              copy: join(scratch.path, "copy"),
            },
            AbortSignal.timeout(60_000),
          );
          assert.deepEqual({ allowed: said.decision === "allowed", message: said.message }, theirs);
          return theirs.allowed;
        };
        assert.equal(await askBoth(name), true);
        assert.equal(await askBoth("public.example/shop/app:v2"), false);
      });

      it("are accepted by the extension under the name that was set", async () => {
        const app = await image("ours/named:v1");
        await ours(
          "sign",
          app,
          "--format",
          "bundle",
          "--identity",
          app.reference,
          "--identity",
          "public.example/a:v1",
        );
        assert.deepEqual(await verified(app, voted(key, {}, "matchExact")), allowed);
        const other = await image("ours/other-name:v1");
        await ours("sign", other, "--format", "bundle", "--identity", "public.example/a:v1");
        assert.deepEqual(await verified(other, voted(key, {}, "matchExact")), {
          decision: "denied",
          message: `Source image rejected: Signature for identity "public.example/a:v1" is not accepted`,
        });
      });
    });

    describe("that are promoted", () => {
      it("are accepted by cosign 3 where they arrive, the old ones and the new one", async () => {
        const { index, instances } = await pushTinyIndex(registry.host, "build/app:v1");
        const builder = await openCosign(scratch.path, stranger);
        for (const format of formats) await builder.sign(index, format);
        const { status, stdout, stderr } = await runCountersign(
          [
            ...["promote", "--key", key.privateKey, "--registries-conf", trust.registriesConf],
            ...[`${index.repository}@${index.digest}`, `${registry.host}/public/app:v1`],
          ],
          { COSIGN_PASSWORD: "" },
        );
        assert.equal(status, 0, stdout + stderr);
        const there = (one: PushedImage) => ({ ...one, repository: `${registry.host}/public/app` });
        const digest = await run(newerProgram("crane"), ["digest", `${registry.host}/public/app:v1`]);
        assert.equal(digest.trim(), index.digest);
        for (const format of formats) {
          assert.equal(await cosign.verify(there(index), format, stranger), 1);
          for (const one of [index, ...instances]) assert.equal(await cosign.verify(there(one), format), 1);
        }
      });
    });

    describe("that cosign 3 makes", () => {
      for (const format of formats) {
        it(`as ${format} are accepted by Countersign, by the right key only`, async () => {
          const app = await image(`theirs/${format}:v1`);
          assert.equal((await verified(app, voted(key))).decision, "denied");
          await cosign.sign(app, format);
          assert.deepEqual(await verified(app, voted(key)), allowed);
          assert.equal((await verified(app, voted(stranger))).decision, "denied");
        });

        it(`of what a file says, as ${format}, are accepted by Countersign, and looked into`, async () => {
          const app = await image(`theirs/${format}-attested:v1`);
          await cosign.attest(app, format, "slsaprovenance", predicate);
          const demanding = (expression: string) => ({
            attestations: [{ predicateType: "slsaprovenance", policy: { type: "cel", expression } }],
          });
          const builtBy = (id: string) => demanding(`predicate.builder.id == ${JSON.stringify(id)}`);
          assert.deepEqual(await verified(app, voted(key, builtBy("b"))), allowed);
          assert.equal((await verified(app, voted(key, builtBy("c")))).decision, "denied");
          assert.equal((await verified(app, voted(key))).decision, "denied");
        });
      }

      it("in its older format are accepted by the plain policy too", async () => {
        const app = await image("theirs/plain:v1");
        await cosign.sign(app, "legacy");
        const signedIdentity = { type: "matchRepository" };
        const policy = { default: [{ type: "sigstoreSigned", keyPath: key.publicKey, signedIdentity }] };
        assert.deepEqual(await verified(app, policy), allowed);
      });
    });
  });
}
