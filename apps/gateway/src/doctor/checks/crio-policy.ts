import { type Observation, ok, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Whether CRI-O, which checks signatures itself, does so by the policies that the gateway goes by. */
export function checkCrioPolicy({
  runtime,
  gateway: { config },
  crio,
}: Pick<NodeFacts, "runtime" | "gateway" | "crio">): readonly Observation[] {
  if (runtime !== "crio" || config === undefined) return [];
  const observations: Observation[] = [];
  const why = "An image has to pass both: what one of them refuses does not run.";
  const own = crio.signaturePolicy ?? "/etc/containers/policy.json";
  if (own !== config.signaturePolicy) {
    observations.push(
      warning(
        `CRI-O judges by ${own}, and the gateway by ${config.signaturePolicy}.`,
        why,
        "name one policy in both, or one that accepts everything in CRI-O's signature_policy",
      ),
    );
  }
  if (config.signaturePolicyDir !== undefined && config.signaturePolicyDir !== crio.signaturePolicyDir) {
    observations.push(
      warning(
        `CRI-O reads policies of namespaces in ${crio.signaturePolicyDir}, and the gateway in ${config.signaturePolicyDir}.`,
        why,
        `run the gateway with --signature-policy-dir ${crio.signaturePolicyDir}, or see that the other directory is empty`,
      ),
    );
  }
  return observations.length > 0 ? observations : [ok("CRI-O and the gateway judge by the same policies.")];
}
