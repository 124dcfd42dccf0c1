import type { Digest } from "@countersign/engine/values/digest";
import { json, type RegistryAnswer } from "./registry-answer.ts";

/** What a registry lists as signatures of its images: the API extension of OpenShift's (`X-Registry-Supports-Signatures`). */
export interface SignatureLists {
  /** Lists these simple signatures of a manifest, and no others. */
  put(repository: string, manifest: Digest, signatures: readonly Uint8Array[]): void;
  /** undefined for any other path than a list's */
  answerTo(path: string): RegistryAnswer | undefined;
  /** the repository that a list's path names */
  repositoryIn(path: string): string | undefined;
}

const listPath = /^\/extensions\/v2\/(.+)\/signatures\/([^/]+)$/;

export function signatureLists(): SignatureLists {
  const lists = new Map<string, readonly Uint8Array[]>();
  return {
    put(repository, manifest, signatures) {
      lists.set(`${repository}@${manifest}`, signatures);
    },
    answerTo(path) {
      const [, repository, digest] = listPath.exec(path) ?? [];
      if (repository === undefined) return undefined;
      const signatures = (lists.get(`${repository}@${digest}`) ?? []).map((content, index) => ({
        schemaVersion: 2,
        name: `${digest}@signature-${index + 1}`,
        type: "atomic",
        content: Buffer.from(content).toString("base64"),
      }));
      return json(200, { signatures });
    },
    repositoryIn: (path) => listPath.exec(path)?.[1],
  };
}
