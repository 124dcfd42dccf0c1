import type {
  Authority,
  KeyAuthority,
  KeylessAuthority,
} from "@countersign/engine/policy/sigstore-requirement";
import { repositoryName } from "@countersign/engine/values/image-reference";
import type { CertifiedSigner } from "@countersign/engine/verify/verdict";
import { type Failure, failuresOf, isUnsigned } from "../failures.ts";
import type { Report } from "../report.ts";

/**
 * What to do where an authority of the extension was the one that came closest; undefined where another requirement was,
 * or only the whole story helps.
 * @param code the denial's
 */
export function remedyForAuthority(report: Report, code: string): string | undefined {
  const [failure] = failuresOf(report.requirements).filter(isBehind(code));
  const authority = failure?.authority?.authority;
  if (failure === undefined || authority === undefined) return undefined;
  if (authority.type === "static") {
    return "an authority of the policy refuses every image; if this one is to run, take its static fail out, or add an authority";
  }
  if (isUnsigned(failure)) return afterAbsence(report, failure, authority);
  return afterRejection(failure);
}

/** Whether a denial of this code may be this failure's. */
function isBehind(code: string): (failure: Failure) => boolean {
  return (failure) => {
    if (failure.authority?.authority.type === "static") return code === "POLICY_REJECTS";
    const wanted = failure.attestation === undefined ? "SIGNATURE" : "ATTESTATION";
    return code === `${wanted}_${isUnsigned(failure) ? "MISSING" : "NOT_ACCEPTED"}`;
  };
}

type Verifying = Authority & (KeyAuthority | KeylessAuthority);

/** To be pasted into a shell. */
function afterAbsence(
  { located, digest, instance }: Report,
  { attestation }: Failure,
  authority: Verifying,
): string {
  const isElsewhere = authority.sources.length > 0;
  if (located?.transport === "dir" && !isElsewhere) {
    return "a dir: directory has no room for what cosign attaches today: copy the image with all that refers to it into an OCI layout, and ask about that: oras cp -r NAME --to-oci-layout DIRECTORY:TAG, and oci:DIRECTORY:TAG";
  }
  if (located?.transport === "oci" && !isElsewhere) {
    return "if it is signed in its registry, copy it with all that refers to it: oras cp -r NAME --to-oci-layout DIRECTORY:TAG; skopeo leaves that behind";
  }
  const image =
    located?.transport === "docker" && digest !== undefined
      ? `${repositoryName(located.reference)}@${digest}`
      : "IMAGE";
  const recursive = instance === undefined ? "" : " --recursive";
  const [verb, rest] =
    attestation === undefined
      ? ["sign", ""]
      : ["attest", ` --type ${attestation.demand.predicateType} --predicate FILE`];
  if (authority.type === "keyless") {
    // cosign attests to one image at a time
    const each = attestation === undefined ? recursive : "";
    return `${verb} this very digest as an identity that the policy names: cosign ${verb}${each}${rest} ${image}`;
  }
  if (authority.transparency.type === "logged" || authority.timestamp.type === "stamped") {
    return `${verb} this very digest with a key that the policy names, so that a log or timestamp authority sees it: cosign ${verb} --key KEY${rest} ${image}`;
  }
  return `${verb} this very digest with a key that the policy names: countersign ${verb}${recursive} --key KEY${rest} ${image}`;
}

const remedies: readonly (readonly [text: RegExp, remedy: string])[] = [
  [
    /^Signature names no image/,
    'the signature is good, but names no image, as cosign 3 makes them: write "signedIdentity": {"type": "digestOnly"}, or sign with a name: countersign sign --identity NAME',
  ],
  [
    /^Signature for identity /,
    "the signature is good, but for an image of another name: sign under the name that is asked for (countersign sign --identity NAME), or let signedIdentity say which name counts",
  ],
  [
    /^the signature is not of the expected key$/,
    "another key signed: check which one the policy names, or sign with that one's private half",
  ],
  [
    /^signed with a certificate, where a key is expected$/,
    "an identity signed, and not the key that the policy names: sign with --key KEY, or let an authority name the identity (keyless)",
  ],
  [
    /^signed with a key, where a certificate is expected$/,
    "a key signed, and not an identity that the policy names: let an authority name the key, or sign without --key",
  ],
  [
    /^the policy of ".*" does not accept its statement/,
    "the attestation is good, but does not say what the policy asks for: attest it where it is so (countersign attest), or change the policy's expression",
  ],
  [
    /^\d+ trusted logs took the signature/,
    "no log that the policy trusts has the signature: sign with one, or let transparency name the log that was used",
  ],
  [
    /^\d+ trusted authorities saw the signature/,
    "no timestamp authority that the policy trusts saw the signature: sign with one, or let timestamp name the one that was used",
  ],
];

function afterOtherSigner({ issuer, names }: CertifiedSigner): string {
  const [name] = names;
  const identity = JSON.stringify({ issuer, subject: name?.value });
  const isReady = issuer !== undefined && name !== undefined && identity.length <= longestIdentity;
  return `the signature is good, but somebody else's: if that one may sign, add it to the authority's identities${isReady ? `: ${identity}` : ""}`;
}

const longestIdentity = 400;

/** Of several different reasons none is the one that matters. */
function afterRejection({ signatures }: Failure): string | undefined {
  const rejected = signatures.filter(({ outcome }) => outcome === "rejected");
  const [only, ...others] = new Set(rejected.map(({ reason }) => reason));
  if (only === undefined || others.length > 0) return undefined;
  const signer = rejected[0]?.certificate;
  if (signer !== undefined && /^Signature by .* is not accepted$/.test(only)) return afterOtherSigner(signer);
  return remedies.find(([text]) => text.test(only))?.[1];
}
