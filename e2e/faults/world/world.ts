import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { PodSandboxConfigSchema } from "@countersign/sources/cri/generated/cri_pb";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { startRuntime, type TestRuntime } from "@countersign/testkit/runtime/runtime";
import { writeTrustFiles } from "../../peers/trust-files.ts";
import { type EvidenceDisk, openEvidenceDisk } from "./evidence-disk.ts";
import { type GatewayProcess, startGatewayProcess } from "./gateway-process.ts";
import { publicKeys, publishImages, type WorldImage } from "./images.ts";
import { type Namespace, namespaces, PolicyHistory } from "./policy-history.ts";
import { policyText } from "./policy-kinds.ts";

/** A node with everything around it, all of which can go wrong: the gateway alone is the real one. */
export interface World extends AsyncDisposable {
  readonly directory: string;
  readonly registry: TestRegistry;
  readonly runtime: TestRuntime;
  readonly gateway: GatewayProcess;
  readonly disk: EvidenceDisk;
  readonly policies: PolicyHistory;
  readonly images: readonly [WorldImage, ...WorldImage[]];
  /** callers, each with a connection of its own */
  readonly kubelets: readonly [CriClient, ...CriClient[]];
  /** the sandbox of each namespace's pod */
  readonly pods: Readonly<Record<Namespace, string>>;
  /** a sandbox of which the runtime has a quarter of a megabyte to tell */
  readonly bulkyPod: string;
}

export interface WorldOptions {
  /** the program that takes `countersign gateway`'s arguments, and what stands before them */
  readonly gateway: readonly [string, ...string[]];
  /** whether the evidence lies on a small file system of its own */
  readonly smallDisk: boolean;
}

/** milliseconds that the gateway may take to verify, as it is told here: long enough for a busy machine */
export const verifyPatience = 6_000;

export async function openWorld({ gateway: program, smallDisk }: WorldOptions): Promise<World> {
  await using built = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "cs-faults-"));
  built.defer(() => rm(directory, { recursive: true, force: true }));
  const registry = built.use(await startRegistry());
  const runtime = built.use(await startRuntime({ socket: join(directory, "runtime.sock") }));
  const images = publishImages(registry);
  const trust = await writeTrustFiles(directory, [registry.address], "{}");
  const policies = new PolicyHistory(directory, (kind) => policyText(kind, registry.address, publicKeys));
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
    ...["--pull-verify-timeout", `${verifyPatience}ms`],
    ...["--create-verify-timeout", `${verifyPatience}ms`],
    ...["--drain-timeout", "3s"],
    ...["--metrics", "127.0.0.1:0"],
  ]);
  built.defer(() => gateway.close());
  const kubelet = () => built.use(connectCri(socket));
  const kubelets = [kubelet(), kubelet(), kubelet()] as const;
  const runPod = (namespace: string, annotations: Record<string, string> = {}) => {
    const metadata = { name: "pod", uid: `${namespace}-pod`, namespace };
    return runtime.pods.runSandbox(create(PodSandboxConfigSchema, { metadata, annotations }), "").id;
  };
  const pods = Object.fromEntries(namespaces.map((namespace) => [namespace, runPod(namespace)]));
  const bulkyPod = runPod("default", { bulk: "x".repeat(256 * 1024) });
  const parts = built.move();
  return {
    ...{ directory, registry, runtime, gateway, disk, policies, images, kubelets, bulkyPod },
    pods: pods as Record<Namespace, string>,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
