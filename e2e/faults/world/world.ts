import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { writeTrustFiles } from "../../peers/trust-files.ts";
import { startContainerdRuntime } from "./containerd-runtime.ts";
import { type EvidenceDisk, openEvidenceDisk } from "./evidence-disk.ts";
import { type GatewayProcess, startGatewayProcess } from "./gateway-process.ts";
import { publicKeys, publishImages, type WorldImage } from "./images.ts";
import type { NodeRuntime } from "./node-runtime.ts";
import { type Namespace, namespaces, PolicyHistory } from "./policy-history.ts";
import { policyText } from "./policy-kinds.ts";
import { runBulkyPod, startTestkitRuntime } from "./testkit-runtime.ts";

/** A node with everything around it, all of which can go wrong. */
export interface World extends AsyncDisposable {
  readonly directory: string;
  readonly registry: TestRegistry;
  readonly runtime: NodeRuntime;
  readonly gateway: GatewayProcess;
  readonly disk: EvidenceDisk;
  readonly policies: PolicyHistory;
  readonly images: readonly [WorldImage, ...WorldImage[]];
  /** callers, each with a connection of its own */
  readonly kubelets: readonly [CriClient, ...CriClient[]];
  /** the sandbox of each namespace's pod */
  readonly pods: Readonly<Record<Namespace, string>>;
  /** of which the runtime has much to tell; "" where there is none such */
  readonly bulkyPod: string;
}

export interface WorldOptions {
  /** the program that takes `countersign gateway`'s arguments, and what stands before them */
  readonly gateway: readonly [string, ...string[]];
  readonly runtime: "testkit" | "containerd";
  /** whether the evidence lies on a small file system of its own */
  readonly smallDisk: boolean;
}

/** How long the gateway may take to verify, as it is told here: no misfortune lasts so long, on a busy machine either. */
const verifyPatience = "20s";

export async function openWorld({
  gateway: program,
  runtime: kind,
  smallDisk,
}: WorldOptions): Promise<World> {
  await using built = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "cs-faults-"));
  built.defer(() => rm(directory, { recursive: true, force: true }));
  const registry = built.use(await startRegistry());
  const isReal = kind === "containerd";
  const runtime = built.use(
    isReal
      ? await startContainerdRuntime(registry)
      : await startTestkitRuntime(join(directory, "runtime.sock")),
  );
  const images = publishImages(registry);
  const trust = await writeTrustFiles(directory, [registry.address], "{}");
  const policies = new PolicyHistory(directory, (policy) => policyText(policy, registry.address, publicKeys));
  await policies.setUp();
  const disk = await openEvidenceDisk(join(directory, "evidence"), smallDisk);
  built.defer(() => disk.close());
  const socket = join(directory, "cri.sock");
  const gateway = await startGatewayProcess(directory, socket, [
    ...program,
    "gateway",
    ...["--listen", `unix://${socket}`],
    ...["--runtime-endpoint", `unix://${runtime.socket}`],
    ...["--signature-policy", policies.file],
    ...["--signature-policy-dir", policies.directory],
    ...["--registries-conf", trust.registriesConf],
    ...["--registries-d", trust.registriesD],
    ...["--evidence-dir", disk.path],
    ...["--evidence-size", "1"],
    ...["--pull-verify-timeout", verifyPatience],
    ...["--create-verify-timeout", verifyPatience],
    ...["--drain-timeout", "3s"],
    ...["--metrics", "127.0.0.1:0"],
  ]);
  built.defer(() => gateway.close());
  const kubelet = () => built.use(connectCri(socket));
  const kubelets = [kubelet(), kubelet(), kubelet()] as const;
  const made = await Promise.all(
    namespaces.map(async (namespace) => [namespace, await runtime.runPod(namespace)] as const),
  );
  const pods = Object.fromEntries(made) as Record<Namespace, string>;
  const bulkyPod = isReal ? "" : runBulkyPod(runtime);
  const parts = built.move();
  return {
    ...{ directory, registry, runtime, gateway, disk, policies, images, kubelets, pods, bulkyPod },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
