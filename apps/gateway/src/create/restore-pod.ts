import { fromBinary } from "@bufbuild/protobuf";
import { acceptsAnyImage, refusesNoImage } from "@countersign/engine/policy/accepts-any-image";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type RestorePodRequest, RestorePodRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import type { Gate, GatedCall } from "../gate.ts";
import { parseNamespace } from "../policy/namespace.ts";
import type { PolicyInForce, PolicySource } from "../policy/policy-store.ts";
import { requireOneReading } from "../pull/one-reading.ts";
import type { DecisionRecorder } from "../record/decision.ts";
import { allowed, failure, type Outcome } from "../record/outcome.ts";

export const restorePodPath = "/runtime.v1.RuntimeService/RestorePod";

export interface RestorePodParts {
  readonly policies: PolicySource;
  readonly recorder: DecisionRecorder;
  readonly checkpoints: CheckpointRule;
  /** milliseconds of a clock that is never set back */
  now(): number;
}

/** Whether containers may be made from checkpoints, which nobody signs. */
export type CheckpointRule = "deny" | "allow";

/**
 * A restored pod gets its containers from an archive, with no PullImage and no CreateContainer. Nothing signs what is in
 * it, so it is let in only where every image is, or where the node's operator says so.
 */
export function restorePodGate(parts: RestorePodParts): Gate {
  return {
    paths: new Set([restorePodPath]),
    async ask(call) {
      const end = parts.recorder.begin("RestorePod");
      const started = parts.now();
      const facts: Facts = { image: "", namespace: "", policy: undefined };
      const { answer, record } = await decide(call, facts, parts).catch((caught) => failure(caught));
      const { policy } = facts;
      end({
        call: "RestorePod",
        image: facts.image,
        resolved: undefined,
        namespace: facts.namespace,
        digest: undefined,
        policy: policy && {
          file: policy.file,
          digest: policy.policy.digest,
          origin: policy.origin,
          scope: undefined,
        },
        ...record,
        duration: parts.now() - started,
      });
      return answer;
    },
  };
}

interface Facts {
  /** the archive's path */
  image: string;
  namespace: string;
  policy: PolicyInForce | undefined;
}

async function decide(call: GatedCall, facts: Facts, parts: RestorePodParts): Promise<Outcome> {
  const { checkpointPath, config } = decode(call.message);
  facts.image = checkpointPath;
  facts.namespace = config?.metadata?.namespace ?? "";
  facts.policy = await parts.policies.policyFor(parseNamespace(facts.namespace));
  if (parts.checkpoints === "allow" || acceptsAnyImage(facts.policy.policy))
    return allowed({ type: "forward" });
  const code = "CHECKPOINT_REFUSED";
  const reason =
    `nobody signs what is in the checkpoint ${quote(checkpointPath.slice(0, 300))}; ` +
    "start the pod from its images, or allow restores with --checkpoints allow";
  if (refusesNoImage(facts.policy.policy)) return allowed({ type: "forward" }, [{ code, reason }]);
  throw new CountersignError(code, reason);
}

function decode(bytes: Uint8Array): RestorePodRequest {
  try {
    requireOneReading(RestorePodRequestSchema, bytes);
    return fromBinary(RestorePodRequestSchema, bytes);
  } catch (cause) {
    throw new CountersignError("REFERENCE_INVALID", "the RestorePod request cannot be decoded", { cause });
  }
}
