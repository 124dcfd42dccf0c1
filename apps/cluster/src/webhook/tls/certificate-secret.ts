import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ApiObject } from "../../kube/api-object.ts";
import { isRecord } from "../../kube/parse-object.ts";
import type { WebhookCertificates } from "./certificates.ts";

/** The Secret in which replicas share their certificates. */
export function certificateSecret(
  namespace: string,
  name: string,
  { authorities, authorityKey, server }: WebhookCertificates,
): ApiObject {
  const data = {
    "ca.crt": authorities.join(""),
    "ca.key": authorityKey,
    "tls.crt": server.certificate,
    "tls.key": server.key,
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace, name, labels: { "app.kubernetes.io/part-of": "countersign" } },
    type: "kubernetes.io/tls",
    data: Object.fromEntries(
      Object.entries(data).map(([entry, text]) => [entry, Buffer.from(text).toString("base64")]),
    ),
  };
}

/** @returns undefined for a Secret in which there is nothing of use, such as the empty one of an installation */
export function readCertificateSecret({ data }: ApiObject): WebhookCertificates | undefined {
  if (!isRecord(data)) return undefined;
  const text = (entry: string) => Buffer.from(String(data[entry] ?? ""), "base64").toString();
  const authorities =
    text("ca.crt").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  const [server = "", authorityKey = "", key = ""] = [text("tls.crt"), text("ca.key"), text("tls.key")];
  try {
    for (const certificate of [...authorities, server]) new X509Certificate(certificate);
    const [newest] = authorities;
    const isWhole =
      newest !== undefined &&
      new X509Certificate(newest).checkPrivateKey(createPrivateKey(authorityKey)) &&
      new X509Certificate(server).checkPrivateKey(createPrivateKey(key));
    return isWhole ? { authorities, authorityKey, server: { certificate: server, key } } : undefined;
  } catch {
    return undefined; // what cannot be read is replaced
  }
}
