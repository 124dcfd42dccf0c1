import { CountersignError } from "@countersign/engine/values/error";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import type { CallCredentials } from "@countersign/sources/credentials/call-credentials";
import type { RegistryCredentials } from "@countersign/sources/credentials/credentials";
import type { AuthConfig } from "@countersign/sources/cri/generated/cri_pb";

/**
 * The credentials that came with a pull. The order is containerd's (internal/cri/server/images, ParseAuth), with the
 * registry token, which it does not know, after the others.
 * @param server - whom they are meant for when they do not say
 * @throws CountersignError CREDENTIALS_UNREADABLE; no part of the credentials is in the message
 */
export function pullCredentials(auth: AuthConfig | undefined, server?: string): CallCredentials | undefined {
  const credentials = auth && readAuth(auth);
  return credentials && { credentials, server: auth.serverAddress || server };
}

function readAuth(auth: AuthConfig): RegistryCredentials | undefined {
  const { username, password, identityToken, registryToken } = auth;
  if (username !== "") return { type: "basic", username, password };
  if (identityToken !== "") return { type: "identityToken", token: identityToken };
  if (auth.auth !== "") return decodeBasic(auth.auth);
  if (registryToken !== "") return { type: "registryToken", token: registryToken };
  return undefined;
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
