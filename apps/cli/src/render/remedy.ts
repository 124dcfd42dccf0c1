import type { ErrorCode } from "@countersign/engine/values/error";
import { remedyForShortName } from "../name-resolution.ts";
import type { Outcome, Report } from "../report.ts";
import { remedyForDenial } from "./denial-remedy.ts";

/** What to do about it, in one sentence; undefined when there is nothing to do. */
export function remedyFor(report: Report): string | undefined {
  const { outcome } = report;
  switch (outcome.decision) {
    case "allowed":
      return undefined;
    case "denied":
      return remedyForDenial(report, outcome.code, outcome.message);
    case "undecided":
      return afterFault(report, outcome);
  }
}

function afterFault({ policy }: Report, { code, message, place, remedy }: Undecided): string | undefined {
  if (remedy !== undefined) return remedy;
  switch (code) {
    case "REGISTRY_UNREACHABLE":
      return remedyForSilence(message);
    case "POLICY_INVALID":
      return `${place === undefined ? "" : `the fault is at ${place}; `}countersign lint ${inShell(policy?.file)} lists every fault of the policy and where it is`;
    case "REFERENCE_INVALID":
      // a name that may be two things comes with both ways to write it
      return message.includes(": write ") ? undefined : byCode[code];
    case "TRUST_REPOSITORY_UNUSABLE":
      return remedyForTrustRepository(message);
    case "IMAGE_UNREADABLE":
      return message.includes("no descriptor found for reference")
        ? "check the name after the path: the layout's index.json lists those that there are"
        : byCode[code];
    default:
      return byCode[code];
  }
}

type Undecided = Extract<Outcome, { readonly decision: "undecided" }>;

/** Only what a shell takes as it is. */
function inShell(file = "FILE"): string {
  return /^[\w./@+-]+$/.test(file) ? file : "FILE";
}

/** The registry's server was not heard: what stood in the way decides. */
export function remedyForSilence(message: string): string {
  if (message.includes("server gave HTTP response to HTTPS client")) {
    const [, host] = /pinging container registry (\S+): /.exec(message) ?? [];
    const location = host === undefined ? "its location" : `location = ${JSON.stringify(host)}`;
    return `the registry speaks plain HTTP; if that is meant, say insecure = true below ${location}, in a [[registry]] of registries.conf`;
  }
  if (message.includes("x509: certificate signed by unknown authority")) {
    return "put the registry's CA into /etc/containers/certs.d/HOST[:PORT]/ca.crt, or into the system's certificates";
  }
  if (message.includes(": no such host")) {
    return "nothing was decided; check the registry's name, and that this machine can look it up";
  }
  return "nothing was decided; check that this machine reaches the registry, and try again when it answers";
}

/** A TUF repository that is away is another matter than one that says what nobody signed. */
function remedyForTrustRepository(message: string): string {
  if (message.includes("x509: certificate signed by unknown authority")) {
    return "put the CA of the mirror's certificate into the system's certificates";
  }
  if (/: Get "| answers \d{3}\b|it takes too long/.test(message)) {
    return "nothing was decided; check that this machine reaches the mirror, or put its trusted_root.json into a file that the policy names";
  }
  if (/\.json expired at /.test(message)) {
    return "have whoever runs the mirror publish what has not expired, and check this machine's clock";
  }
  return "the mirror does not give what the policy's root.json vouches for, by mistake or by an attack: ask whoever publishes the repository, and let the policy name another mirror until then";
}

const byCode: Readonly<Partial<Record<ErrorCode, string>>> = {
  DEADLINE_EXCEEDED: "nothing was decided; try again when the registry answers, or allow more with --timeout",
  POLICY_NOT_FOUND: "create the policy, or name another one with --signature-policy",
  IMAGE_UNREADABLE: "check the path, and that the directory holds a whole image",
  REFERENCE_INVALID:
    "write registry/repository:tag or registry/repository@sha256:…, in lower case; or dir:PATH or oci:PATH:NAME for an image in a directory",
  SHORT_NAME_UNRESOLVED: remedyForShortName,
  REGISTRY_DENIED: "log in, or name the file that has the credentials with --authfile",
  REGISTRY_NOT_FOUND: "check the image's name and tag",
  REQUIREMENT_UNSUPPORTED:
    "of the key types only GPGKeys can be judged: write that one, or use sigstoreSigned",
  TRUST_FILE_UNREADABLE: "put the key or CA file where the policy says, readable for this user",
  TRUST_MATERIAL_INVALID:
    "check that every key and CA the policy names is PEM, and of the kind its field takes; for signedBy, what gpg --export KEY gives",
};
