import type { Requirement } from "@countersign/engine/policy/policy";
import {
  formatReference,
  parseNamedReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import type { DockerImage, LocatedImage } from "@countersign/engine/values/located-image";
import { failuresOf, isUnsigned } from "../failures.ts";
import type { Report } from "../report.ts";
import { remedyForAuthority } from "./authority-remedy.ts";
import { gpgFault } from "./gpg-words.ts";

/** What to do about an image that is refused, in one sentence; undefined where only the whole story helps. */
export function remedyForDenial(report: Report, code: string, message: string): string | undefined {
  const ofAuthority = remedyForAuthority(report, code);
  if (ofAuthority !== undefined) return ofAuthority;
  const unread = afterUnreadBundle(report, code);
  if (unread !== undefined) return unread;
  switch (code) {
    case "SIGNATURE_MISSING":
      return afterAbsence(report);
    case "SIGNATURE_NOT_ACCEPTED":
      return afterBadSignature(report, message);
    case "POLICY_REJECTS":
      return afterReject(report);
    default:
      return undefined;
  }
}

/** Signed with cosign 3, and asked for in the words of containers-policy.json(5). */
function afterUnreadBundle(report: Report, code: string): string | undefined {
  const failure = firstFailure(report);
  if (!code.startsWith("SIGNATURE_") || failure?.requirement.type !== "sigstoreSigned") return undefined;
  if (report.unreadBundles.length === 0) return undefined;
  const again = signCommand(report, failure.requirement);
  // who signed in both formats is not to sign once more
  const unlooked = afterUnlookedFor(report);
  const bundle = `a sigstore bundle is beside the image, as cosign 3 makes them, and sigstoreSigned reads none: ask for it with a requirement sigstore (in a policy marked "countersign": 1), or sign in the older format, too: ${again}`;
  return unlooked === undefined ? bundle : `${unlooked}. If there are none: ${bundle}`;
}

function afterReject({ policy, located }: Report): string {
  if (policy?.selection === undefined || policy.selection.scope !== undefined) {
    return "the policy's scope refuses this image whatever its signatures; use another image or change that scope";
  }
  if (policy.isCompiled === true && located?.transport === "docker") return afterNoGlob(located);
  const scope =
    located?.transport === "docker" ? `, as ${JSON.stringify(repositoryName(located.reference))}` : "";
  return `no scope of the policy names this image; if it is to run, add one${scope}. If one was meant to, countersign lint says why it never matches`;
}

/** Who edits what sync or compile wrote has it replaced by the next one. */
function afterNoGlob({ reference }: DockerImage): string {
  const { domain, path } = reference;
  const glob = `${domain === "docker.io" ? "index.docker.io" : domain}/${path}@*`;
  return `no ClusterImagePolicy matches this image, and the file was compiled from those that there are; if it is to run, add a glob to one, as ${JSON.stringify(glob)}, or let --unmatched of countersign compile, or of the controller, say what becomes of such images`;
}

function afterBadSignature(report: Report, message: string): string | undefined {
  const [, name] = /Signature for identity (".*") is not accepted/.exec(message) ?? [];
  if (name !== undefined) return afterOtherName(report, name.slice(1, -1));
  const fault = gpgFault(firstFailure(report)?.reason ?? "");
  if (fault !== undefined) return fault.remedy;
  if (message.includes("No public keys imported")) {
    return "no key file that the policy names holds an OpenPGP key: make it with gpg --export KEY > FILE";
  }
  if (message.includes("cryptographic signature verification failed")) {
    return "another key signed: check which one the policy names, or sign with that one's private half";
  }
  return undefined;
}

function afterOtherName(report: Report, signed: string): string {
  const { located } = report;
  if (located !== undefined && located.transport !== "docker") {
    return "the signature is good, but an image in a directory has no name to compare with the one it says: only exactReference and exactRepository can match";
  }
  const matcher = matcherOf(firstFailure(report)?.requirement);
  const asked = located === undefined ? undefined : repositoryName(located.reference);
  if (matcher === "matchRepository" || matcher?.startsWith("exact") || repositoryOf(signed) !== asked) {
    return `the signature is good, but for an image of another name: sign under the name that is asked for, or let signedIdentity say which name counts`;
  }
  return /[:@][^/]*$/.test(signed)
    ? "the signature is good, but for another tag or digest: sign this one too, or accept all of the repository with matchRepository"
    : `the signature is good, but names the bare repository, as cosign does, which only matchRepository and exactRepository accept: write "signedIdentity": {"type": "matchRepository"}`;
}

/** Undefined for what is no name: a signature may say anything. */
function repositoryOf(signed: string): string | undefined {
  try {
    return repositoryName(parseNamedReference(signed));
  } catch {
    return undefined;
  }
}

function matcherOf(requirement: Requirement | undefined): string | undefined {
  return requirement !== undefined && "identity" in requirement ? requirement.identity.type : undefined;
}

function firstFailure({ requirements }: Report) {
  return failuresOf(requirements)[0];
}

function afterAbsence(report: Report): string {
  const { located, missedIn, requirements } = report;
  if (located?.transport === "oci") {
    return "an OCI layout has no room for signatures that this requirement reads: ask about the image in its registry, or about a copy in dir:DIRECTORY, which has";
  }
  if (located?.transport === "dir") {
    return "copy the image with its signatures (skopeo copy docker://NAME dir:DIRECTORY), or sign it on the way: skopeo copy --sign-by-sigstore-private-key KEY --sign-identity NAME";
  }
  const unsigned = failuresOf(requirements).find(isUnsigned)?.requirement;
  if (unsigned?.type === "signedBy") {
    const lookaside = missedIn.find(({ kind }) => kind === "lookaside")?.location;
    const where = lookaside === undefined ? "the lookaside" : `${lookaside}, which registries.d decides`;
    return `sign this very digest with a GPG key the policy names: skopeo copy --sign-by, or skopeo standalone-sign and signature-1 in ${where}`;
  }
  const unlooked = afterUnlookedFor(report);
  if (unlooked !== undefined) return unlooked;
  return `sign this very digest with the key or identity the policy names, in the format that is read: ${signCommand(report, unsigned)}`;
}

/** Where registries.d keeps signatures beside the image from being looked for. */
function afterUnlookedFor({ missedIn }: Report): string | undefined {
  const attachments = missedIn.filter(({ kind }) => kind === "attachments");
  const [place] = attachments;
  if (place === undefined || attachments.some(({ searched }) => searched)) return undefined;
  const [host = ""] = place.location.split("/", 1);
  return `signatures beside the image are not looked for; to have them, write into a .yaml file of registries.d: docker: {${JSON.stringify(host)}: {use-sigstore-attachments: true}}`;
}

/**
 * To be pasted into a shell. A policy that asks for no log gives no reason to write into a public one; without a key it is
 * cosign that knows the public services.
 */
function signCommand({ located, digest, instance }: Report, requirement: Requirement | undefined): string {
  const recursive = instance === undefined ? "" : " --recursive";
  const image =
    located?.transport === "docker" && digest !== undefined
      ? ` ${repositoryName(located.reference)}@${digest}`
      : "";
  if (requirement?.type !== "sigstoreSigned" || requirement.trust.type !== "keys") {
    return `cosign sign${recursive} --new-bundle-format=false --use-signing-config=false${image}`;
  }
  const log = requirement.trust.rekor === undefined ? "" : " --rekor-url URL";
  return `countersign sign${recursive} --key KEY${log} --format legacy${nameFlag(located)}${image}`;
}

/** By its digest alone an image is signed for its repository, which few matchers accept for one of its tags. */
function nameFlag(located: LocatedImage | undefined): string {
  if (located?.transport !== "docker" || located.reference.tag === undefined) return "";
  const { domain, path, tag } = located.reference;
  return ` --identity ${formatReference({ domain, path, tag, digest: undefined })}`;
}
