import { type Observation, ok, problem, unknown, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** The first that tells the runtime what the pod calls its image (kubernetes 1.28, `user_specified_image`). */
const firstMinor = 28;

/** Whether the kubelet tells by which name a container's image is to be judged. */
export function checkKubeletVersion({
  gateway: { config },
  kubelet,
  kubeletVersion,
}: Pick<NodeFacts, "gateway" | "kubelet" | "kubeletVersion">): readonly Observation[] {
  if (kubelet.pid === undefined || config === undefined) return [];
  const [, minor] = /\bv1\.(\d+)\./.exec(kubeletVersion ?? "") ?? [];
  if (minor === undefined) {
    return [
      unknown(
        `The version of the kubelet (process ${kubelet.pid}) is not known.`,
        `Before 1.${firstMinor} it does not say what a pod calls its image.`,
        "run this as root; or see kubectl get nodes",
      ),
    ];
  }
  if (Number(minor) >= firstMinor) return [ok(`The kubelet is ${kubeletVersion}.`)];
  const found = `The kubelet is ${kubeletVersion}.`;
  const why = `Before 1.${firstMinor} it does not say what a pod calls its image when a container is made of it`;
  return config.unnamedImages === "deny"
    ? [
        problem(
          found,
          `${why}: such containers are refused.`,
          "update it, or run the gateway with --unnamed-images all-names",
        ),
      ]
    : [warning(found, `${why}: images are judged under all names they have.`, "update it")];
}
