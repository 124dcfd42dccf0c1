import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { parseGatewayConfig } from "@countersign/gateway/config";
import { startGateway } from "@countersign/gateway/start-gateway";
import { userEnvironment } from "@countersign/sources/environment";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { bundleReferrer } from "@countersign/testkit/registry/referrers";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { createSigningKit, type SigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import {
  createPocketSigstore,
  type PocketSigstore,
} from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import type { Outcome } from "./outcome.ts";
import { signer, type TrustFiles, workflow, writeTrustFiles } from "./trust.ts";

/** Everything the scenes are played with: a registry, a runtime, the real gateway between, and a CRI client. */
export interface Stage extends AsyncDisposable {
  readonly trust: TrustFiles;
  /** what all images' names begin with */
  readonly repositories: string;
  readonly images: { readonly signed: string; readonly unsigned: string; readonly built: string };
  /** Asks the gateway for an image as the kubelet does for a pod. */
  pull(image: string, namespace: string): Promise<Outcome>;
  hasImage(image: string): Promise<boolean>;
  /** what the runtime calls itself */
  readonly runtimeName: string;
}

/** @param runtimeEndpoint - a real runtime's socket; undefined: one made for the demo */
export async function setStage(runtimeEndpoint: string | undefined): Promise<Stage> {
  await using built = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "countersign-demo-"));
  built.defer(() => rm(directory, { recursive: true }));
  const kit = createSigningKit();
  const registry = built.use(await startRegistry());
  const pocket = createPocketSigstore();
  const images = publishImages(registry, kit, pocket);
  const trust = await writeTrustFiles(directory, registry.address, kit, pocket);
  const repositories = `${registry.address}/demo`;
  await trust.demandSigner(repositories, signer.email);

  const runtime =
    runtimeEndpoint ??
    `unix://${built.use(await startRuntime({ socket: join(directory, "runtime.sock") })).socket}`;
  const socket = join(directory, "cri.sock");
  const gateway = await startGateway(
    parseGatewayConfig([
      ...["--listen", `unix://${socket}`, "--runtime-endpoint", runtime],
      ...["--signature-policy", trust.policy, "--signature-policy-dir", trust.policyDirectory],
      ...["--registries-conf", trust.registriesConf, "--registries-d", trust.registriesD],
      ...["--evidence-dir", join(directory, "evidence")],
      ...["--trust-dir", join(directory, "trust")],
    ]),
    {
      environment: userEnvironment({}, { home: homedir(), uid: process.getuid?.() ?? 0 }),
      processor: process.arch,
      log: jsonLog("fatal", process.stderr),
    },
  );
  built.defer(() => gateway.drain());
  const kubelet = connectCri(socket);
  built.defer(() => kubelet.close());
  const { runtimeName, runtimeVersion } = await kubelet.version({}).catch((error: unknown) => {
    const { message } = CountersignError.from(error);
    throw new CountersignError("RUNTIME_UNREACHABLE", `the demo needs a runtime that answers: ${message}`, {
      cause: error,
    });
  });
  built.defer(() => removeImages(kubelet, Object.values(images)));

  const parts = built.move();
  return {
    trust,
    repositories,
    images,
    runtimeName: `${runtimeName} ${runtimeVersion}`,
    pull: (image, namespace) => pull(kubelet, image, namespace),
    hasImage: async (image) => (await kubelet.imageStatus({ image: { image } })).image !== undefined,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function publishImages(registry: TestRegistry, kit: SigningKit, pocket: PocketSigstore): Stage["images"] {
  const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };
  const signed = registry.image("demo/signed:v1", { platform, files: { "signed.txt": "by release\n" } });
  registry.image("demo/unsigned:v1", { platform, files: { "unsigned.txt": "by nobody\n" } });
  const reference = `${registry.address}/demo/signed`;
  const signature = kit.signKeyless({ ...signer }, { digest: signed.digest, reference });
  registry.attachSignatures("demo/signed", signed.digest, [signature]);
  const built = registry.image("demo/built:v1", { platform, files: { "built.txt": "by a CI job\n" } });
  const job = pocket.certify({ names: [["uri", workflow.identity]], oidcIssuer: workflow.oidcIssuer });
  registry.attachReferrer("demo/built", built.digest, bundleReferrer(pocket.signImage(built.digest, job)));
  const name = (repository: string) => `${registry.address}/demo/${repository}:v1`;
  return { signed: name("signed"), unsigned: name("unsigned"), built: name("built") };
}

async function pull(kubelet: CriClient, image: string, namespace: string): Promise<Outcome> {
  const metadata = { name: "demo", uid: "demo", namespace, attempt: 0 };
  try {
    await kubelet.pullImage({ image: { image }, sandboxConfig: { metadata } });
    const { image: pulled } = await kubelet.imageStatus({ image: { image } });
    return { type: "pulled", digest: pulled?.repoDigests[0] ?? "" };
  } catch (error) {
    if (!isStatus(error)) throw error;
    return { type: "refused", code: error.code, message: error.details };
  }
}

function isStatus(error: unknown): error is Error & { readonly code: number; readonly details: string } {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}

/** A real runtime is left as it was found. */
async function removeImages(kubelet: CriClient, images: readonly string[]): Promise<void> {
  for (const image of images) await kubelet.removeImage({ image: { image } });
}
