import { randomBytes, randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, staticBusybox } from "../peers/programs.ts";

/** A bridge that a runtime puts its pods on, one of several if need be. Nothing beyond this machine is reached from there. */
export interface PodNetwork {
  /** Removes the bridge; the pods have to be gone. */
  close(): Promise<void>;
}

/** @param directory where the runtime looks for CNI's configuration, as it does whenever a file appears there */
export async function layPodNetwork(directory: string): Promise<PodNetwork> {
  const bridge = `cs${randomBytes(4).toString("hex")}`;
  const subnet = `198.18.${randomInt(256)}.0/24`;
  const ipam = { type: "host-local", dataDir: join(directory, "addresses"), ranges: [[{ subnet }]] };
  const plugins = [{ type: "bridge", bridge, isGateway: true, ipam }, { type: "loopback" }];
  const network = { cniVersion: "1.0.0", name: "pods", plugins };
  await writeFile(join(directory, "10-pods.conflist"), JSON.stringify(network));
  return {
    close: async () => {
      const links = await run(staticBusybox, ["ip", "-o", "link"]);
      if (links.includes(` ${bridge}:`)) await run(staticBusybox, ["ip", "link", "delete", bridge]);
    },
  };
}
