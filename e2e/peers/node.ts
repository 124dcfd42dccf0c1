import { join } from "node:path";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { type Containerd, startContainerd } from "./containerd.ts";
import type { ContainerdVersion } from "./containerd-config.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { pushBusybox } from "./images.ts";
import { type Registry, startPrivateRegistry, startRegistry } from "./registry.ts";
import { makeScratch } from "./scratch.ts";
import { type KeyPair, makeKeyPair } from "./signing.ts";
import { policyFor, signedBy, type TrustFiles, writeTrustFiles } from "./trust-files.ts";

/** A whole node on loopback: registry, runtime, and the gateway in front of the runtime. */
export interface TestNode {
  /** Goes away with the node. */
  readonly directory: string;
  readonly registry: Registry;
  /** The same contents, for those who have the account. */
  readonly privateRegistry: Registry;
  readonly runtime: Containerd;
  readonly gateway: Gateway;
  /** Speaks to the gateway, as the kubelet does. */
  readonly kubelet: CriClient;
  /** Speaks to the runtime itself, past the gateway. */
  readonly direct: CriClient;
  readonly trust: TrustFiles;
  /** The key whose signature images below `signed` of both registries need at first; everything else passes. */
  readonly key: KeyPair;
  close(): Promise<void>;
}

export const containerdVersions: readonly ContainerdVersion[] = ["1.6", "2.1"];

/** Whether an administrator writes the policies, or `countersign sync` does, who says of which namespaces they are. */
export type PolicyWriter = "an administrator" | "sync";

/** Runtime and gateway look for images by hosts.toml files below `registryConfigPath`, where none is yet, or not at all by such. */
export type Lookup = "by hosts.toml" | "as named";

export async function startNode(
  version: ContainerdVersion,
  lookup: Lookup = "as named",
  writer: PolicyWriter = "an administrator",
): Promise<TestNode> {
  // What has started is closed in reverse, also when something after it does not start.
  await using starting = new AsyncDisposableStack();
  const closing = <T extends { close(): unknown }>(peer: T): T => {
    starting.defer(async () => void (await peer.close()));
    return peer;
  };
  const scratch = await makeScratch("node");
  starting.defer(() => scratch.remove());
  const registry = closing(await startRegistry());
  const privateRegistry = closing(await startPrivateRegistry(registry));
  const pause = await pushBusybox(registry.host, "pause:test");
  const registryConfigPath = join(scratch.path, "certs.d");
  const isMirrored = lookup === "by hosts.toml";
  const runtime = closing(
    await startContainerd(version, pause.reference, isMirrored ? registryConfigPath : undefined),
  );
  const key = await makeKeyPair(scratch.path, "release");
  const hosts = [registry.host, privateRegistry.host];
  const policy = policyFor(Object.fromEntries(hosts.map((host) => [`${host}/signed`, [signedBy(key)]])));
  const files = await writeTrustFiles(scratch.path, hosts, policy);
  const trust = {
    ...files,
    ...(isMirrored && { registryConfigPath }),
    ...(writer === "sync" && { knownNamespaces: join(scratch.path, "namespaces.json") }),
  };
  const gateway = closing(await startGateway(runtime.socket, trust));
  const kubelet = closing(connectCri(gateway.socket));
  const direct = closing(connectCri(runtime.socket));
  const started = starting.move();
  return {
    directory: scratch.path,
    ...{ registry, privateRegistry, runtime, gateway, kubelet, direct, trust, key },
    close: () => started.disposeAsync(),
  };
}
