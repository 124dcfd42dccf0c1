import { appendFile } from "node:fs/promises";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { type Gateway, startGateway } from "../peers/gateway.ts";
import { pushBusybox } from "../peers/images.ts";
import { type Registry, startRegistry } from "../peers/registry.ts";
import { makeScratch } from "../peers/scratch.ts";
import { type KeyPair, makeKeyPair } from "../peers/signing.ts";
import { policyFor, signedBy, type TrustFiles, writeTrustFiles } from "../peers/trust-files.ts";
import { type Crio, startCrio } from "./crio.ts";

/** A node on loopback whose runtime is CRI-O, with the gateway that it wants: short names are as in registries.conf. */
export interface CrioNode {
  /** Goes away with the node. */
  readonly directory: string;
  readonly registry: Registry;
  readonly runtime: Crio;
  readonly gateway: Gateway;
  /** Speaks to the gateway, as the kubelet does. */
  readonly kubelet: CriClient;
  /** Speaks to the runtime itself, past the gateway. */
  readonly direct: CriClient;
  readonly trust: TrustFiles;
  /** The key whose signature images below `signed` of the registry need; everything else passes. */
  readonly key: KeyPair;
  close(): Promise<void>;
}

/** The alias in registries.conf of the registry's `signed/aliased`. */
export const alias = "countersign-aliased";

export async function startCrioNode(): Promise<CrioNode> {
  await using starting = new AsyncDisposableStack();
  const closing = <T extends { close(): unknown }>(peer: T): T => {
    starting.defer(async () => void (await peer.close()));
    return peer;
  };
  const scratch = await makeScratch("node");
  starting.defer(() => scratch.remove());
  const registry = closing(await startRegistry());
  const { host } = registry;
  const key = await makeKeyPair(scratch.path, "release");
  const policy = policyFor({ [`${host}/signed`]: [signedBy(key)] });
  const trust = await writeTrustFiles(scratch.path, [host], policy);
  await appendFile(trust.registriesConf, `[aliases]\n"${alias}" = "${host}/signed/aliased"\n`);
  const pause = await pushBusybox(host, "pause:test");
  const runtime = closing(await startCrio(pause.reference, trust.registriesConf));
  const gateway = closing(await startGateway(runtime.socket, trust, ["--short-names", "registries.conf"]));
  const kubelet = closing(connectCri(gateway.socket));
  const direct = closing(connectCri(runtime.socket));
  const started = starting.move();
  return {
    directory: scratch.path,
    ...{ registry, runtime, gateway, kubelet, direct, trust, key },
    close: () => started.disposeAsync(),
  };
}
