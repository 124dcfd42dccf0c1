import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../peers/programs.ts";
import { binary } from "./binaries.ts";
import type { CrioNode } from "./crio-node.ts";

/** A pod as crictl makes one, through the gateway. */
export interface CrictlPod {
  /**
   * Creates a container of an image as the runtime is to find it, and as the pod's user wrote it. Gives the runtime's
   * message if it is not created, `created` if it is.
   */
  create(image: string, userSpecifiedImage: string): Promise<string>;
}

/** NamespaceMode of CRI: NODE, and CONTAINER, which is what a kubelet asks for unless a pod shares its processes. */
const namespaceOptions = { network: 2, pid: 1 };

export async function runCrictlPod(node: CrioNode, namespace: string): Promise<CrictlPod> {
  const linux = { security_context: { namespace_options: namespaceOptions } };
  const pod = join(node.directory, `${namespace}.json`);
  const metadata = { name: namespace, uid: namespace, namespace };
  await writeFile(
    pod,
    JSON.stringify({ metadata, linux: { ...linux, cgroup_parent: node.runtime.cgroupParent } }),
  );
  const endpoint = `unix://${node.gateway.socket}`;
  const crictl = (...args: readonly string[]) =>
    run(binary("crictl"), [`--runtime-endpoint=${endpoint}`, `--image-endpoint=${endpoint}`, ...args]);
  const id = (await crictl("runp", pod)).trim();
  let containers = 0;
  return {
    create: async (image, userSpecifiedImage) => {
      containers += 1;
      const container = join(node.directory, `${namespace}-${containers}.json`);
      const named = { image, user_specified_image: userSpecifiedImage };
      const name = `container-${containers}`;
      await writeFile(container, JSON.stringify({ metadata: { name }, image: named, linux }));
      try {
        await crictl("create", id, container, pod);
        return "created";
      } catch (error) {
        const [, message] = /desc = (.*?)"? *podSandboxID=/.exec(String((error as Error).message)) ?? [];
        if (message === undefined) throw error;
        return message.replace(/"$/, "").replaceAll('\\"', '"');
      }
    },
  };
}
