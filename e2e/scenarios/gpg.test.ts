import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { askSkopeo } from "../differential/skopeo.ts";
import { type GnuPg, openGnuPg } from "../peers/gnupg.ts";
import { pushBusybox, pushBusyboxIndex, thisPlatform } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { type Outcome, outcomeOf } from "../peers/outcome.ts";
import { podConfig, runPod } from "../peers/pods.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { cosignSign, skopeoGpgSignedCopy } from "../peers/signing.ts";
import { type StaticFiles, serveFiles } from "../peers/static-files.ts";
import { policyFor, signedBy, writePolicy } from "../peers/trust-files.ts";

const allowed = { code: status.OK, message: "" };
const missing =
  "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists";

for (const version of containerdVersions) {
  describe(`GPG signatures in a lookaside, through the gateway to containerd ${version},`, () => {
    let node: TestNode;
    let host: string;
    let gpg: GnuPg;
    let lookaside: StaticFiles;
    let release: string;
    let stranger: string;

    before(async () => {
      node = await startNode(version);
      host = node.registry.host;
      gpg = openGnuPg(node.directory);
      release = gpg.generate("Release <release@signing.example>");
      stranger = gpg.generate("Stranger <stranger@signing.example>", "rsa2048");
      const signatures = join(node.directory, "signatures");
      lookaside = await serveFiles(signatures);
      await writeFile(
        join(node.trust.registriesD, "gpg.yaml"),
        `docker:
  ${host}:
    lookaside: ${lookaside.address}
    lookaside-staging: file://${signatures}
`,
      );
      await demand(release);
    });
    after(async () => {
      await lookaside?.close();
      await node?.close();
    });

    /** Has the policy ask for this key's signature below `gpg`, and for the node's key's too below `both`. */
    async function demand(fingerprint: string): Promise<void> {
      const keyPath = join(node.directory, `${fingerprint}.gpg`);
      await writeFile(keyPath, gpg.export(fingerprint));
      const byGpg = { type: "signedBy", keyType: "GPGKeys", keyPath };
      await writePolicy(
        node.trust.policy,
        policyFor({ [`${host}/gpg`]: [byGpg], [`${host}/both`]: [byGpg, signedBy(node.key)] }),
      );
    }

    async function signed(name: string, fingerprint: string): Promise<PushedImage> {
      const source = await pushBusybox(host, `unsigned/${name}`);
      return skopeoGpgSignedCopy(source, `${host}/${name}`, gpg, fingerprint, node.trust);
    }

    const pull = (image: PushedImage): Promise<Outcome> =>
      outcomeOf(
        node.kubelet.pullImage({ image: { image: image.reference }, sandboxConfig: podConfig("default") }),
      );

    async function inSkopeosWords(image: PushedImage): Promise<Outcome> {
      const { message } = await askSkopeo(
        {
          named: { ...node.trust, authfile: undefined },
          source: `docker://${image.reference}`,
          platform: thisPlatform,
          home: node.directory,
          copy: join(node.directory, "copy"),
        },
        AbortSignal.timeout(60_000),
      );
      return { code: status.UNKNOWN, message: `SignatureValidationFailed: ${message}` };
    }

    it("let in what the policy's key has signed, and it runs when the signatures are gone from there", async () => {
      const image = await signed("gpg/app:v1", release);
      assert.deepEqual(await pull(image), allowed);

      await lookaside.close();
      const pod = await runPod(node.kubelet, node.runtime, "default");
      await pod.run(image.id, image.reference);
      await pod.remove();
      lookaside = await serveFiles(join(node.directory, "signatures"), portOf(lookaside));
    });

    it("let in what a subkey of the policy's key has signed, exported later", async () => {
      const subkey = gpg.addSubkey(release);
      const image = await signed("gpg/subkey:v1", `${subkey}!`);
      assert.match((await pull(image)).message, /Status:gpgme\.Error\{err:0x9\}/);
      await demand(release);
      assert.deepEqual(await pull(image), allowed);
    });

    it("let in this machine's instance of an index that skopeo copied and signed", async () => {
      const source = await pushBusyboxIndex(host, "unsigned/gpg/multi:v1");
      const image = await skopeoGpgSignedCopy(source, `${host}/gpg/multi:v1`, gpg, release, node.trust);
      assert.deepEqual(await pull(image), allowed);
    });

    it("keep out what another key has signed, in skopeo's words", async () => {
      const image = await signed("gpg/other:v1", stranger);
      const outcome = await pull(image);
      assert.deepEqual(outcome, await inSkopeosWords(image));
      assert.match(outcome.message, new RegExp(`Invalid GPG signature: .*"${stranger}".*err:0x9`));
    });

    it("keep out what nobody has signed", async () => {
      const image = await pushBusybox(host, "gpg/not:v1");
      assert.deepEqual(await pull(image), { code: status.UNKNOWN, message: missing });
    });

    it("keep out what only cosign has signed", async () => {
      const image = await pushBusybox(host, "gpg/cosign:v1");
      await cosignSign(image, node.key);
      assert.deepEqual(await pull(image), { code: status.UNKNOWN, message: missing });
    });

    it("keep out what was signed under another name, in skopeo's words", async () => {
      const image = await signed("elsewhere/app:v1", release);
      const there = await skopeoGpgSignedCopy(image, `${host}/gpg/moved:v1`, gpg, stranger, node.trust);
      const outcome = await pull(there);
      assert.deepEqual(outcome, await inSkopeosWords(there));
      assert.match(outcome.message, /None of the signatures were accepted, reasons: Signature for identity /);
    });

    it("count beside cosign's where the policy asks for both, and neither alone is enough", async () => {
      const image = await signed("both/app:v1", release);
      const outcome = await pull(image);
      assert.deepEqual(outcome, await inSkopeosWords(image));
      assert.ok(outcome.message.startsWith(missing));
      await cosignSign(image, node.key);
      assert.deepEqual(await pull(image), allowed);

      const other = await pushBusybox(host, "both/other:v1");
      await cosignSign(other, node.key);
      assert.deepEqual(await pull(other), { code: status.UNKNOWN, message: missing });
    });

    it("say RegistryUnavailable while the lookaside is away, and count once it is back", async () => {
      const image = await signed("gpg/outage:v1", release);
      await lookaside.close();
      const outcome = await pull(image);
      assert.equal(outcome.code, status.UNKNOWN);
      assert.match(outcome.message, /^RegistryUnavailable: /);
      lookaside = await serveFiles(join(node.directory, "signatures"), portOf(lookaside));
      assert.deepEqual(await pull(image), allowed);
    });

    it("of a key that is revoked since count no more, not even for an image that is there", async () => {
      const image = await signed("gpg/revoked:v1", release);
      assert.deepEqual(await pull(image), allowed);
      gpg.revoke(release);
      await demand(release);
      const pod = await runPod(node.kubelet, node.runtime, "default");
      const outcome = await outcomeOf(pod.create(image.id, image.reference));
      assert.match(outcome.message, /^SignatureValidationFailed: .*err:0x700005e/s);
      await pod.remove();
    });
  });
}

function portOf({ address }: StaticFiles): number {
  return Number(new URL(address).port);
}
