import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { Clock } from "@countersign/engine/verify/ports";
import type { ApiAccess } from "./api-access.ts";

/** Where a kubelet puts what a pod's service account is known by. */
export const serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The kubelet replaces a token long before it ends; client-go reads it as often. */
const tokenAgeMs = 60_000;

/**
 * The way to the API server for a program in a pod.
 * Source: client-go rest/config.go, InClusterConfig; kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin.
 * @throws CountersignError CONFIG_INVALID outside a cluster
 */
export async function inClusterAccess(
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  directory = serviceAccountDirectory,
): Promise<ApiAccess> {
  const host = environment["KUBERNETES_SERVICE_HOST"];
  const port = environment["KUBERNETES_SERVICE_PORT"];
  if (!host || !port) {
    throw new CountersignError(
      "CONFIG_INVALID",
      "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, as they are in every pod; outside a cluster give --kubeconfig FILE",
    );
  }
  const ca = await readFile(join(directory, "ca.crt")).catch((cause: Error) => {
    throw new CountersignError("CONFIG_INVALID", `the pod's service account: ${cause.message}`, { cause });
  });
  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca,
    certificate: undefined,
    token: rotatingToken(join(directory, "token"), clock),
  };
}

/**
 * A token that is replaced in its file: read again every minute. One that cannot be read now serves on as it was, and
 * the API server says when it is of no use any more.
 */
export function rotatingToken(file: string, clock: Clock): ApiAccess["token"] {
  let known: string | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.now();
    if (known !== undefined && now - readAt < tokenAgeMs && now >= readAt) return known;
    try {
      known = (await readFile(file, "utf8")).trim();
      readAt = now;
    } catch (cause) {
      if (known !== undefined) return known;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CountersignError("CONFIG_INVALID", `the pod's service account: ${reason}`, { cause });
    }
    return known;
  };
}
