import type { Site } from "../case.ts";
import { trusted } from "./kit.ts";

/** A policy that asks this of the case's own repository and refuses everything else. */
export function demand(site: Site, ...requirements: readonly unknown[]): string {
  return JSON.stringify({
    default: [{ type: "reject" }],
    transports: { docker: { [site.name]: requirements } },
  });
}

/** A policy that asks this of everything. */
export function demandEverywhere(...requirements: readonly unknown[]): string {
  return JSON.stringify({ default: requirements });
}

/** `sigstoreSigned`, with whatever else is to be said. */
export function sigstoreSigned(
  members: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return { type: "sigstoreSigned", ...members };
}

export const accept = { type: "insecureAcceptAnything" } as const;
export const reject = { type: "reject" } as const;

export function inBase64(content: string | Uint8Array): string {
  return Buffer.from(content).toString("base64");
}

/** What most policies of the cases ask for. */
export const requireTrusted = sigstoreSigned({ keyData: inBase64(trusted.publicKeyPem) });
