import { createHmac, randomBytes } from "node:crypto";
import type { CallCredentials } from "./call-credentials.ts";

/** Drawn anew by each process: what it seals can be compared within, and means nothing outside. */
const sealingKey = randomBytes(32);

/** A name for credentials that tells equal ones from others and reveals nothing of them. */
export function sealCredentials(call: CallCredentials | undefined): string {
  if (call === undefined) return "none";
  const { credentials, server } = call;
  const parts =
    credentials.type === "basic"
      ? [credentials.type, credentials.username, credentials.password]
      : [credentials.type, credentials.token];
  return createHmac("sha256", sealingKey)
    .update(JSON.stringify([server, ...parts]))
    .digest("base64url");
}
