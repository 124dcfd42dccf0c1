import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { goField, goFill } from "@countersign/engine/values/go-fill";
import { goBytes, goInt, goList, goString, goStruct } from "@countersign/engine/values/go-struct";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import { requireBoundedJson } from "./bounded-json.ts";
import { readRefusal, refusalCode } from "./refusal.ts";
import type { RegistryClient } from "./registry-client.ts";

const maxListSize = 4 * 1024 * 1024;

/** Source: containers/image docker/docker_client.go, extensionSignatureList. */
const list = goStruct("docker.extensionSignatureList", {
  signatures: goList(
    goStruct("docker.extensionSignature", {
      schemaVersion: goInt,
      name: goString,
      type: goString,
      content: goBytes,
    }),
  ),
});

/**
 * The simple signatures of a manifest, from a registry that lists them itself: the API of OpenShift's registry, which
 * stands in for a lookaside. A list that is missing is an error, and entries of another kind are passed over.
 * Source: containers/image docker/docker_client.go, getExtensionsSignatures.
 * @returns undefined when the registry has no such API
 * @throws CountersignError with a registry code, REGISTRY_ANSWER_INVALID or TOO_LARGE
 */
export async function readSignatureList(
  repository: string,
  client: Pick<RegistryClient, "getExtension">,
  manifest: Digest,
  signal: AbortSignal,
): Promise<readonly Uint8Array[] | undefined> {
  const answer = await client.getExtension(`signatures/${manifest}`, maxListSize, signal);
  if (answer === undefined) return undefined;
  if (answer.status !== 200) {
    const refusal = readRefusal(answer);
    throw new CountersignError(
      refusalCode(refusal),
      `downloading signatures for ${manifest} in ${repository}: ${refusal.text}`,
    );
  }
  const signatures = goField(parseList(answer.body), "signatures");
  const entries = signatures?.kind === "array" ? signatures.items : [];
  return entries.filter(isSimpleSignature).map(contentOf);
}

function parseList(body: Uint8Array): Json {
  requireBoundedJson(body);
  try {
    return goFill(parseJson(body), list);
  } catch (cause) {
    const { message } = CountersignError.from(cause);
    throw new CountersignError("REGISTRY_ANSWER_INVALID", `decoding signature list: ${message}`, { cause });
  }
}

function isSimpleSignature(entry: Json): boolean {
  const version = goField(entry, "schemaVersion");
  const type = goField(entry, "type");
  return (
    version?.kind === "number" &&
    Number(version.text) === 2 &&
    type?.kind === "string" &&
    type.value === "atomic"
  );
}

function contentOf(entry: Json): Uint8Array {
  const content = goField(entry, "content");
  return content?.kind === "string" ? decodeBase64(content.value) : new Uint8Array();
}
