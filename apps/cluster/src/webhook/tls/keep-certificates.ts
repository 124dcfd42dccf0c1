import type { Clock } from "@countersign/engine/verify/ports";
import { type ApiKind, secrets } from "../../kube/api-kind.ts";
import type { ApiObject } from "../../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../../kube/api-server.ts";
import { isRecord } from "../../kube/parse-object.ts";
import { certificateSecret, readCertificateSecret } from "./certificate-secret.ts";
import { dueCertificates, type WebhookCertificates } from "./certificates.ts";

export const validatingWebhooks: ApiKind = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural: "validatingwebhookconfigurations",
  scope: "Cluster",
};
export const mutatingWebhooks: ApiKind = { ...validatingWebhooks, plural: "mutatingwebhookconfigurations" };

export interface CertificateKeeperParts {
  readonly server: ApiServer;
  readonly clock: Clock;
  readonly namespace: string;
  /** the Secret's */
  readonly secretName: string;
  /** by which API servers call the webhook */
  readonly dnsNames: readonly string[];
  /** whose caBundle is kept right, if they are there */
  readonly configurations: readonly { readonly kind: ApiKind; readonly name: string }[];
}

/** As often as others may change the same object at the same time. */
const mostAttempts = 8;

/**
 * Makes what is due, shares it, and has API servers believe it; whichever replica comes first does it, and the others take
 * what it made. API servers are told of an authority before this returns certificates of it.
 * @throws ApiFailure
 */
export async function keepCertificates(
  parts: CertificateKeeperParts,
  signal: AbortSignal,
): Promise<WebhookCertificates> {
  const certificates = await shareDue(parts, signal);
  const bundle = Buffer.from(certificates.authorities.join("")).toString("base64");
  for (const { kind, name } of parts.configurations) await trust(parts.server, kind, name, bundle, signal);
  return certificates;
}

async function shareDue(parts: CertificateKeeperParts, signal: AbortSignal): Promise<WebhookCertificates> {
  const { server, namespace, secretName: name, dnsNames, clock } = parts;
  return await withoutConflict(async () => {
    const found = await server.get(secrets, { namespace, name }, signal);
    const current = found && readCertificateSecret(found);
    const due = dueCertificates(current, dnsNames, clock.now());
    if (due === current) return due;
    const wanted = certificateSecret(namespace, name, due);
    if (found === undefined) await server.create(secrets, wanted, signal);
    else await server.replace(secrets, { ...wanted, type: found["type"], metadata: found.metadata }, signal);
    return due;
  });
}

/** Writes the authorities into each webhook of a configuration; others may change the rest of it meanwhile. */
async function trust(
  server: ApiServer,
  kind: ApiKind,
  name: string,
  caBundle: string,
  signal: AbortSignal,
): Promise<void> {
  await withoutConflict(async () => {
    const found = await server.get(kind, { name }, signal);
    const webhooks = found?.["webhooks"];
    if (
      found === undefined ||
      !Array.isArray(webhooks) ||
      webhooks.every((one) => bundleOf(one) === caBundle)
    )
      return;
    const told = webhooks.map((one) =>
      isRecord(one) && isRecord(one["clientConfig"])
        ? { ...one, clientConfig: { ...one["clientConfig"], caBundle } }
        : one,
    );
    await server.replace(kind, { ...found, webhooks: told } satisfies ApiObject, signal);
  });
}

function bundleOf(webhook: unknown): unknown {
  return isRecord(webhook) && isRecord(webhook["clientConfig"])
    ? webhook["clientConfig"]["caBundle"]
    : undefined;
}

/** Reads and writes again what somebody else wrote meanwhile. */
async function withoutConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      const isOvertaken =
        error instanceof ApiFailure && (error.code === "conflict" || error.code === "exists");
      if (!isOvertaken || failed === mostAttempts) throw error;
    }
  }
}
