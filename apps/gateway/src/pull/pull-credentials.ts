import { createHmac, randomBytes } from "node:crypto";
import { CountersignError } from "@countersign/engine/values/error";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import type { RegistryCredentials } from "@countersign/sources/credentials/credentials";
import type { AuthConfig } from "@countersign/sources/cri/generated/cri_pb";

/**
 * The credentials that came with a pull, if any are meant for the registry `domain`. The order is containerd's
 * (internal/cri/server/images, ParseAuth), with the registry token, which it does not know, after the others.
 * @throws CountersignError CREDENTIALS_UNREADABLE; no part of the credentials is in the message
 */
export function pullCredentials(
  auth: AuthConfig | undefined,
  domain: string,
): RegistryCredentials | undefined {
  if (auth === undefined || !isMeantFor(auth.serverAddress, domain)) return undefined;
  const { username, password, identityToken, registryToken } = auth;
  if (username !== "") return { type: "basic", username, password };
  if (identityToken !== "") return { type: "identityToken", token: identityToken };
  if (auth.auth !== "") return decodeBasic(auth.auth);
  if (registryToken !== "") return { type: "registryToken", token: registryToken };
  return undefined;
}

/** Credentials that name another registry are not shown to this one. */
function isMeantFor(serverAddress: string, domain: string): boolean {
  if (serverAddress === "") return true;
  const [host = ""] = serverAddress.replace(/^[a-z]+:\/\//i, "").split("/", 1);
  return canonicalHost(host.toLowerCase()) === canonicalHost(domain.toLowerCase());
}

function canonicalHost(host: string): string {
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}

function decodeBasic(auth: string): RegistryCredentials {
  const text = decodeText(auth);
  const colon = text.indexOf(":");
  if (colon === -1) throw unreadable();
  // Docker's config pads passwords with NUL; every consumer trims them.
  const password = text.slice(colon + 1).replace(/^\0+|\0+$/g, "");
  return { type: "basic", username: text.slice(0, colon), password };
}

function decodeText(auth: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(decodeBase64(auth));
  } catch {
    throw unreadable(); // without the cause: it may quote what it could not read
  }
}

function unreadable(): CountersignError {
  return new CountersignError(
    "CREDENTIALS_UNREADABLE",
    'the credentials sent with the pull cannot be read: "auth" is not base64 of user:password; check the image pull secret',
  );
}

/** Drawn anew by each process: what it seals can be compared within, and means nothing outside. */
const sealingKey = randomBytes(32);

/** A name for credentials that tells equal ones from others and reveals nothing of them. */
export function sealCredentials(credentials: RegistryCredentials | undefined): string {
  if (credentials === undefined) return "none";
  const parts =
    credentials.type === "basic"
      ? [credentials.type, credentials.username, credentials.password]
      : [credentials.type, credentials.token];
  return createHmac("sha256", sealingKey).update(JSON.stringify(parts)).digest("base64url");
}
