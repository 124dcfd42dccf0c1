import type { ErrorCode } from "@countersign/engine/values/error";
import { isUnsigned, type Report } from "../report.ts";

/** What to do about it, in one sentence; undefined when there is nothing to do. */
export function remedyFor(report: Report): string | undefined {
  const { outcome } = report;
  switch (outcome.decision) {
    case "allowed":
      return undefined;
    case "denied":
      return afterDenial(report, outcome.code, outcome.message);
    case "undecided":
      return outcome.code === "REGISTRY_UNREACHABLE"
        ? afterSilence(outcome.message)
        : afterFault[outcome.code];
  }
}

function afterDenial(report: Report, code: string, message: string): string | undefined {
  switch (code) {
    case "SIGNATURE_MISSING":
      return afterAbsence(report);
    case "SIGNATURE_NOT_ACCEPTED":
      return message.includes("Signature for identity")
        ? afterOtherName(report)
        : "countersign explain shows every signature found and why it does not count";
    case "POLICY_REJECTS":
      return "the policy's scope refuses this image whatever its signatures; use another image or change that scope";
    default:
      return undefined;
  }
}

function afterOtherName({ located }: Report): string {
  return located === undefined || located.transport === "docker"
    ? "the signature is good but names another image: cosign signs the bare repository name, which only matchRepository and exactRepository accept"
    : "the signature is good, but an image in a directory has no name to compare with the one it says: only exactReference and exactRepository can match";
}

function afterAbsence({ located, missedIn, instance, requirements }: Report): string {
  if (located?.transport === "oci") {
    return "an OCI layout has no room for signatures: ask about the image in its registry, or about a copy in dir:DIRECTORY, which has";
  }
  if (located?.transport === "dir") {
    return "copy the image with its signatures (skopeo copy docker://NAME dir:DIRECTORY), or sign it on the way: skopeo copy --sign-by-sigstore-private-key KEY --sign-identity NAME";
  }
  const unsigned = requirements.find(isUnsigned);
  if (unsigned?.requirement.type === "signedBy") {
    return "sign this very digest with a GPG key the policy names: skopeo copy --sign-by, or skopeo standalone-sign and signature-1 in the lookaside";
  }
  const attachments = missedIn.filter(({ kind }) => kind === "attachments");
  if (attachments.length > 0 && !attachments.some(({ searched }) => searched)) {
    return "signatures beside the image are not looked for; say use-sigstore-attachments: true for its registry in registries.d";
  }
  const recursive = instance === undefined ? "" : " --recursive";
  return `sign this very digest with the key or identity the policy names, in the format that is read: cosign sign${recursive} --new-bundle-format=false --use-signing-config=false`;
}

/** The registry's server was not heard: what stood in the way decides. */
function afterSilence(message: string): string {
  if (message.includes("server gave HTTP response to HTTPS client")) {
    return "the registry speaks plain HTTP; if that is meant, say insecure = true for its location in registries.conf";
  }
  if (message.includes("x509: certificate signed by unknown authority")) {
    return "put the registry's CA into /etc/containers/certs.d/HOST[:PORT]/ca.crt, or into the system's certificates";
  }
  return "nothing was decided; try again when the registry answers";
}

const afterFault: Readonly<Partial<Record<ErrorCode, string>>> = {
  DEADLINE_EXCEEDED: "nothing was decided; try again when the registry answers, or allow more with --timeout",
  POLICY_INVALID: "countersign lint FILE lists every fault of the policy and where it is",
  POLICY_NOT_FOUND: "create the policy, or name another one with --signature-policy",
  IMAGE_UNREADABLE: "check the path, and that the directory holds a whole image",
  REFERENCE_INVALID:
    "write registry/repository:tag or registry/repository@sha256:…, in lower case; or dir:PATH or oci:PATH:NAME for an image in a directory",
  SHORT_NAME_UNRESOLVED: "write the image's name with its registry, or add an alias to registries.conf",
  REGISTRY_DENIED: "log in, or name the file that has the credentials with --authfile",
  REGISTRY_NOT_FOUND: "check the image's name and tag",
  REQUIREMENT_UNSUPPORTED: "this version cannot judge signedBy; use sigstoreSigned",
  TRUST_FILE_UNREADABLE: "put the key or CA file where the policy says, readable for this user",
  TRUST_MATERIAL_INVALID:
    "check that every key and CA the policy names is PEM, and of the kind its field takes",
};
