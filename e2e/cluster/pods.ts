import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";

export interface PodWishes {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly pullPolicy?: "Always" | "IfNotPresent" | "Never";
  /** names of secrets of its namespace, in the order in which they are tried */
  readonly pullSecrets?: readonly string[];
  /** the image of a volume at /volume */
  readonly volume?: string;
}

/** A pod in the cluster, as its owner sees it. */
export interface Pod {
  /** Waits until it runs. */
  running(): Promise<void>;
  /** Waits until its container waits for this reason, and gives the message beside it. */
  waitingFor(reason: string): Promise<string>;
  /** Waits for an event of this reason with these words in its message, which it gives. */
  event(reason: string, words: string): Promise<string>;
  /** Its line of `kubectl get pods`, a word a column. */
  line(): Promise<readonly string[]>;
  /** Which container it runs, since when, and how often there was another one. */
  identity(): Promise<string>;
  /** Runs the image's busybox in it and gives what it printed. */
  busybox(...args: readonly string[]): Promise<string>;
}

/** Has the cluster run a pod of one container, as its user writes it. */
export async function createPod({ kubectl, node }: Cluster, wishes: PodWishes): Promise<Pod> {
  const { name, namespace } = wishes;
  const inNamespace = `--namespace=${namespace}`;
  const file = join(node.directory, `${namespace}-${name}.json`);
  await writeFile(file, JSON.stringify(podManifest(wishes)));
  // An API server built by a newer Go than its own describes its types so that kubectl finds none.
  await kubectl("create", "--validate=false", "--filename", file);

  const wait = (condition: string, output: string) =>
    kubectl("wait", inNamespace, `pod/${name}`, `--for=${condition}`, "--timeout=50s", `--output=${output}`);
  const container = "{.status.containerStatuses[0]";
  return {
    running: async () => void (await wait("condition=Ready", "name")),
    waitingFor: (reason) =>
      wait(
        `jsonpath=${container}.state.waiting.reason}=${reason}`,
        `jsonpath=${container}.state.waiting.message}`,
      ),
    event: async (reason, words) => {
      const selector = `--field-selector=involvedObject.name=${name},reason=${reason}`;
      // The test's time limit bounds it.
      for (;;) {
        const printed = await kubectl("get", "events", inNamespace, selector, "--output=json");
        const { items } = JSON.parse(printed) as { items: readonly { message: string }[] };
        const found = items.find(({ message }) => message.includes(words));
        if (found !== undefined) return found.message;
        await delay(100);
      }
    },
    line: async () => (await kubectl("get", "pods", inNamespace, name, "--no-headers")).trim().split(/\s+/),
    identity: () =>
      kubectl(
        ...["get", "pod", inNamespace, name],
        `--output=jsonpath=${container}.containerID} ${container}.state.running.startedAt} ${container}.restartCount}`,
      ),
    busybox: (...args) => kubectl("exec", inNamespace, name, "--", "/bin/busybox", ...args),
  };
}

export async function createNamespace({ kubectl }: Cluster, name: string): Promise<void> {
  await kubectl("create", "namespace", name);
  // No pod is let in before its service account is there.
  await kubectl("wait", `--namespace=${name}`, "--for=create", "serviceaccount/default", "--timeout=30s");
}

function podManifest({ name, namespace, image, pullPolicy, pullSecrets = [], volume }: PodWishes): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      // A token would be a mount that the runtime, in a room of its own, does not see.
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      dnsPolicy: "Default",
      imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })),
      containers: [
        {
          name: "app",
          image,
          ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
          ...(volume === undefined ? {} : { volumeMounts: [{ name: "data", mountPath: "/volume" }] }),
        },
      ],
      ...(volume === undefined ? {} : { volumes: [{ name: "data", image: { reference: volume } }] }),
    },
  };
}
