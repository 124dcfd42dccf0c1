import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CountersignError } from "@countersign/engine/values/error";
import {
  PodSandboxStatusRequestSchema,
  PodSandboxStatusResponseSchema,
} from "@countersign/sources/cri/generated/cri_pb";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import type { CallMetadata, RuntimeClient } from "../gate.ts";
import { type Namespace, parseNamespace } from "../policy/namespace.ts";
import { RuntimeRefusal } from "../pull/runtime-images.ts";

/** A sandbox as the runtime keeps it. */
export interface PodSandbox {
  /** the whole id, whatever beginning of it was asked for */
  readonly id: string;
  /** undefined for a sandbox that names none (`crictl runp` with no namespace) */
  readonly namespace: Namespace | undefined;
}

/** Knows which namespace a pod sandbox belongs to. */
export interface PodNamespaces {
  /** @throws RuntimeRefusal as the runtime gave it; CountersignError NAMESPACE_INVALID or RUNTIME_MISMATCH */
  sandboxOf(sandboxId: string, metadata: CallMetadata, signal: AbortSignal): Promise<PodSandbox>;
}

/** Pods a node runs, several times over. */
const maxKnown = 4096;

/**
 * Asks the runtime: what a sandbox was made with is what holds. The configuration that comes with CreateContainer is the
 * caller's word, and naming another namespace there would choose the policy.
 */
export function podNamespaces(runtime: RuntimeClient): PodNamespaces {
  const known = new BoundedCache<string, PodSandbox>(maxKnown);
  return {
    async sandboxOf(sandboxId, metadata, signal) {
      const remembered = known.get(sandboxId);
      if (remembered !== undefined) return remembered;
      const sandbox = await ask(sandboxId, runtime, metadata, signal);
      // Runtimes take beginnings of ids too, and those may mean another sandbox tomorrow.
      if (sandbox.id === sandboxId) known.set(sandboxId, sandbox);
      return sandbox;
    },
  };
}

async function ask(
  sandboxId: string,
  runtime: RuntimeClient,
  metadata: CallMetadata,
  signal: AbortSignal,
): Promise<PodSandbox> {
  const request = toBinary(
    PodSandboxStatusRequestSchema,
    create(PodSandboxStatusRequestSchema, { podSandboxId: sandboxId }),
  );
  const path = "/runtime.v1.RuntimeService/PodSandboxStatus";
  const answer = await runtime.unary(path, request, metadata, signal);
  if (answer.type === "status") throw new RuntimeRefusal(answer.status);
  const { status } = fromBinary(PodSandboxStatusResponseSchema, answer.message);
  if (status?.metadata === undefined || !isBeginning(sandboxId, status.id)) {
    throw new CountersignError(
      "RUNTIME_MISMATCH",
      "the runtime does not say which namespace the pod sandbox belongs to",
    );
  }
  return { id: status.id, namespace: parseNamespace(status.metadata.namespace) };
}

function isBeginning(asked: string, id: string): boolean {
  return asked !== "" && id.startsWith(asked);
}
