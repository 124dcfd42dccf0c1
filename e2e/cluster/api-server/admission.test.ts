import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { apiServerOverHttp, type OpenApiServer } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { storeAttachments } from "@countersign/testkit/registry/attachments";
import { storeImage, tinyImage } from "@countersign/testkit/registry/images";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { Room } from "../../peers/room.ts";
import { makeScratch, type Scratch } from "../../peers/scratch.ts";
import { type ApiServerProcess, startApiServer } from "../api-server-process.ts";
import { applyList, installWebhook, system } from "../installed-webhook.ts";
import { type Kubectl, kubectlFor } from "../kubectl.ts";
import { establishPolicies, eventually, untilReady } from "./client.ts";

const kit = createSigningKit();
const keys = { a: kit.key("a"), b: kit.key("b") };
type Signer = keyof typeof keys;

/** `countersign webhook` as it is deployed, called by a real API server. Pods are not run: nobody schedules them. */
describe("a real API server that asks the webhook", () => {
  let registry: TestRegistry;
  let scratch: Scratch;
  let process: ApiServerProcess;
  let server: OpenApiServer;
  let webhook: Room;
  let kubectl: Kubectl;

  before(async () => {
    scratch = await makeScratch("admission");
    registry = await startRegistry();
    push("signed", ["a"]);
    push("signed-twice", ["a", "b"]);
    push("unsigned", []);
    process = await startApiServer(["--disable-admission-plugins=ServiceAccount"]);
    server = apiServerOverHttp(await kubeconfigAccess(process.kubeconfig, { now: Date.now }));
    await untilReady(server);
    await establishPolicies(server);
    kubectl = kubectlFor(process.kubeconfig);
    for (const name of [system, "shop", "lab"]) await kubectl("create", "namespace", name);
    await kubectl("label", "namespace", "shop", "policy.sigstore.dev/include=true");
    const hosts = `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`;
    await writeFile(join(scratch.path, "registries.conf"), hosts);
    const registriesConf = join(scratch.path, "registries.conf");
    webhook = await installWebhook({ ...process, registriesConf, directory: scratch.path });
    await apply("policy.json", clusterPolicy("a"));
    // it has heard of the policy once it refuses by it
    await eventually(60_000, async () => /no signature|SIGNATURE_MISSING/.test(await refusal("unsigned")));
  });
  after(async () => {
    await server?.close();
    await process?.close();
    await registry.close();
    await scratch.remove();
  });

  function push(repository: string, signers: readonly Signer[]): void {
    const image = storeImage(registry.store, repository, { ...tinyImage, files: { repository } }, "v1");
    const reference = `${registry.address}/${repository}:v1`;
    const signatures = signers.map((signer) => kit.sign(keys[signer], { digest: image.digest, reference }));
    if (signatures.length > 0) storeAttachments(registry.store, repository, image.digest, signatures);
  }

  const apply = (name: string, ...objects: readonly object[]) =>
    applyList(kubectl, join(scratch.path, name), objects);

  const spec = (signer: Signer) => ({
    images: [{ glob: `${registry.address}/**` }],
    authorities: [{ name: signer, key: { data: keys[signer].publicKeyPem } }],
  });
  const clusterPolicy = (signer: Signer) => ({
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name: "signed" },
    spec: spec(signer),
  });
  const namespacePolicy = (signer: Signer) => ({
    apiVersion: "policy.countersign.dev/v1alpha1",
    kind: "ImagePolicy",
    metadata: { name: "signed-too", namespace: "shop" },
    spec: spec(signer),
  });

  let pods = 0;
  function run(repository: string, namespace = "shop"): Promise<string> {
    const image = `${registry.address}/${repository}:v1`;
    return kubectl("run", `pod-${pods++}`, `--namespace=${namespace}`, `--image=${image}`);
  }

  /** What whoever applies a pod is told; empty if it is taken. */
  async function refusal(repository: string): Promise<string> {
    return run(repository).then(
      () => "",
      (error: Error) => error.message,
    );
  }

  it("takes a pod of a signed image", async () => {
    assert.match(await run("signed"), /created/);
  });

  it("refuses a pod of an unsigned one, and says why", async () => {
    const said = await refusal("unsigned");
    assert.match(said, /admission webhook "workloads\.countersign\.dev" denied the request/);
    assert.ok(said.includes(`${registry.address}/unsigned:v1`), said);
    assert.match(said, /ClusterImagePolicy signed/);
  });

  it("asks nothing of a namespace that is not marked", async () => {
    assert.match(await run("unsigned", "lab"), /created/);
  });

  it("refuses a Deployment as it does its pods", async () => {
    const image = `${registry.address}/unsigned:v1`;
    await assert.rejects(
      kubectl("create", "deployment", "web", "--namespace=shop", `--image=${image}`),
      /denied the request/,
    );
  });

  it("asks for more where a namespace does, and no more once it does not", async () => {
    await apply("own.json", namespacePolicy("b"));
    await eventually(60_000, async () => (await refusal("signed")) !== "");
    assert.match(await run("signed-twice"), /created/);
    await kubectl("delete", "imagepolicy.policy.countersign.dev", "signed-too", "--namespace=shop");
    await eventually(60_000, async () => (await refusal("signed")) === "");
  });

  it("goes by a policy's edit", async () => {
    await apply("policy.json", clusterPolicy("b"));
    await eventually(60_000, async () => (await refusal("signed")) !== "");
    await apply("policy.json", clusterPolicy("a"));
    await eventually(60_000, async () => (await refusal("signed")) === "");
  });

  it("refuses a policy that no schema can find fault with, and names the field", async () => {
    const broken = clusterPolicy("a");
    const key = "-----BEGIN PUBLIC KEY-----\nbm9uZQ==\n-----END PUBLIC KEY-----\n";
    const authorities = [{ name: "a", key: { data: key } }];
    await assert.rejects(
      apply("broken.json", {
        ...broken,
        metadata: { name: "broken" },
        spec: { ...broken.spec, authorities },
      }),
      /policies\.countersign\.dev.*spec\.authorities\[0\]\.key/s,
    );
  });

  it("takes no pod while the webhook is away", async () => {
    await webhook.stop("KILL");
    assert.match(await refusal("signed"), /failed calling webhook "workloads\.countersign\.dev"/);
    await webhook.start();
    await eventually(60_000, async () => (await refusal("signed")) === "");
    assert.match(await refusal("unsigned"), /denied the request/);
  });
});
