import type { CountersignError, ErrorCode } from "@countersign/engine/values/error";
import { type RpcStatus, rpcCode } from "./gate.ts";

/**
 * What the kubelet puts into `kubectl get pods` as the reason. It looks for these words at the very start of the
 * message (kubernetes pkg/kubelet/images/image_manager.go), and only finds them there when the code is UNKNOWN: of
 * any other code cri-client leaves "rpc error: code = …" in front.
 */
type Sentinel = "SignatureValidationFailed" | "RegistryUnavailable";

/** An image the policy does not allow. `text` is containers/image's own, `Source image rejected: …`. */
export function denialStatus(text: string): RpcStatus {
  return refusal("SignatureValidationFailed", text);
}

/**
 * The same about an image volume. The kubelet counts what begins with these words as a mount that failed, and CRI-O puts
 * them before the reason too.
 */
export function volumeStatus({ code, message }: RpcStatus): RpcStatus {
  return { code, message: statusText(`ImageVolumeMountFailed: ${message}`) };
}

/** An image nobody could decide about. */
export function errorStatus(error: CountersignError): RpcStatus {
  if (error.code === "CANCELLED") return { code: rpcCode.cancelled, message: error.message };
  return refusal(sentinelOf[error.code], error.message);
}

/**
 * Everything that kept us from deciding is shown as SignatureValidationFailed, a broken policy file too: without
 * it the pod would say ErrImagePull, and its owner would look for the fault in the registry.
 * What says nothing about signatures has no sentinel, and the kubelet's ErrImagePull is right: there is no such
 * image, or not for these credentials.
 */
const sentinelOf: Readonly<Record<ErrorCode, Sentinel | undefined>> = {
  JSON_INVALID: "SignatureValidationFailed",
  BASE64_INVALID: "SignatureValidationFailed",
  DIGEST_INVALID: "SignatureValidationFailed",
  REFERENCE_INVALID: undefined,
  TRANSPORT_UNSUPPORTED: undefined,
  SHORT_NAME_UNRESOLVED: undefined,
  POLICY_INVALID: "SignatureValidationFailed",
  POLICY_UNREADABLE: "SignatureValidationFailed",
  POLICY_NOT_FOUND: "SignatureValidationFailed",
  NAMESPACE_INVALID: "SignatureValidationFailed",
  NAMESPACE_UNKNOWN: "SignatureValidationFailed",
  CONFIG_INVALID: "SignatureValidationFailed",
  USAGE: "SignatureValidationFailed",
  MANIFEST_INVALID: "SignatureValidationFailed",
  MANIFEST_DIGEST_MISMATCH: "SignatureValidationFailed",
  PLATFORM_NOT_FOUND: undefined,
  TRUST_FILE_UNREADABLE: "SignatureValidationFailed",
  TRUST_MATERIAL_INVALID: "SignatureValidationFailed",
  TRUST_REPOSITORY_UNUSABLE: "SignatureValidationFailed",
  SIGNATURE_UNREADABLE: "SignatureValidationFailed",
  SIGNATURE_INVALID: "SignatureValidationFailed",
  REQUIREMENT_UNSUPPORTED: "SignatureValidationFailed",
  EVIDENCE_UNUSABLE: "SignatureValidationFailed",
  IMAGE_UNREADABLE: "SignatureValidationFailed",
  REGISTRY_UNREACHABLE: "RegistryUnavailable",
  REGISTRY_DENIED: undefined,
  REGISTRY_NOT_FOUND: undefined,
  REGISTRY_ANSWER_INVALID: "SignatureValidationFailed",
  CREDENTIALS_UNREADABLE: undefined,
  TOO_LARGE: "SignatureValidationFailed",
  DEADLINE_EXCEEDED: "RegistryUnavailable",
  CANCELLED: undefined,
  SIGNING_KEY_UNUSABLE: undefined,
  SIGNER_FAILED: undefined,
  SIGNING_SERVICE_FAILED: undefined,
  IDENTITY_TOKEN_UNUSABLE: undefined,
  PREDICATE_INVALID: undefined,
  REGISTRY_CONFLICT: undefined,
  TAG_TAKEN: undefined,
  REVIEW_INVALID: undefined,
  POLICIES_UNKNOWN: undefined,
  OVERLOADED: undefined,
  RUNTIME_UNREACHABLE: undefined,
  SOCKET_IN_USE: undefined,
  STATE_IN_USE: undefined,
  DISK_FULL: undefined,
  SOCKET_UNUSABLE: undefined,
  TAG_MOVED: "SignatureValidationFailed",
  TAG_MOVING: undefined,
  IMAGE_ABSENT: undefined,
  IMAGE_UNNAMED: "SignatureValidationFailed",
  CHECKPOINT_REFUSED: "SignatureValidationFailed",
  RUNTIME_MISMATCH: "SignatureValidationFailed",
  INTERNAL: "SignatureValidationFailed",
};

function refusal(sentinel: Sentinel | undefined, text: string): RpcStatus {
  const message = sentinel === undefined ? text : `${sentinel}: ${text}`;
  return { code: rpcCode.unknown, message: statusText(message) };
}

/**
 * An event in Kubernetes holds 1 KiB, the kubelet's own words around ours included, and grpc-message is a header,
 * where each byte beyond ASCII takes three.
 */
const maxStatusBytes = 896;

/**
 * Makes a text fit for a status: one line, without anything that steers a terminal or hides text, bounded, and cut
 * between characters. Depends on nothing but its argument: the kubelet joins messages that differ from one attempt
 * to the next, and then finds no sentinel.
 */
export function statusText(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
  if (Buffer.byteLength(clean) <= maxStatusBytes) return clean;
  const ellipsis = " …";
  const room = maxStatusBytes - Buffer.byteLength(ellipsis);
  let used = 0;
  let kept = "";
  for (const character of clean) {
    used += Buffer.byteLength(character);
    if (used > room) break;
    kept += character;
  }
  return kept.trimEnd() + ellipsis;
}
