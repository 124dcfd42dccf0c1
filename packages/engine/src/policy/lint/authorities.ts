import { acceptsAllBy } from "../compare-sigstore.ts";
import type { Hint } from "./hint.ts";
import { type PlacedAuthority, placedAuthorities } from "./placed-authorities.ts";
import type { PlacedRequirement } from "./requirement-lists.ts";

/** What is almost certainly not meant by the authorities of a `sigstore` requirement. */
export function* authorityHints(placed: PlacedRequirement): Generator<Hint> {
  const { path, requirement } = placed;
  if (requirement.type !== "sigstore") return;
  if (requirement.identity.type !== "digestOnly") {
    yield {
      code: "BUNDLE_IDENTITY_REFUSED",
      path: `${path}.signedIdentity`,
      message:
        "signatures as cosign makes them since version 3 name no image, so that none of them is accepted here",
      remedy: `write {"type": "digestOnly"}; leave it if images are signed under a name, as countersign sign does, or in cosign's older format`,
    };
  }
  for (const authority of placedAuthorities(placed)) {
    yield* shadowedHint(authority);
    yield* timeHint(authority);
    yield* expressionHints(authority);
  }
}

/** Any authority suffices, so beside one that lets in everything the others decide nothing. */
function* shadowedHint({ path, authority, requirement }: PlacedAuthority): Generator<Hint> {
  const isPass = authority.type === "static" && authority.action === "pass";
  if (isPass || !acceptsAllBy(requirement)) return;
  yield {
    code: "AUTHORITY_SHADOWED",
    path,
    message: "any authority suffices, and one of them lets in everything: what this one says does not matter",
    remedy: `remove the authority with "static": {"action": "pass"}, or all others; to try them out, write "mode": "warn"`,
  };
}

function* timeHint({ path, authority }: PlacedAuthority): Generator<Hint> {
  if (authority.type !== "keyless") return;
  if (authority.transparency.type !== "none" || authority.timestamp.type !== "none") return;
  yield {
    code: "CERTIFICATE_TIME_UNKNOWN",
    path,
    message:
      "neither a log nor a timestamp is asked when a certificate was used, so it counts only while it is valid: for Fulcio's some ten minutes after signing",
    remedy: `ask for one: "transparency": {}, or "timestamp": {} where the trusted root has timestamp authorities`,
  };
}

function* expressionHints({ path, authority }: PlacedAuthority): Generator<Hint> {
  if (authority.type === "static") return;
  for (const [at, { policy }] of authority.attestations.entries()) {
    if (policy === undefined) continue;
    const { isConstant, whyNeverTrue } = policy.expression;
    const place = `${path}.attestations[${at}].policy.expression`;
    if (whyNeverTrue !== undefined) {
      yield {
        code: "ATTESTATION_POLICY_NEVER_TRUE",
        path: place,
        message: `this can be true of no attestation: ${whyNeverTrue}, and only a bool can be`,
        remedy: "write what must hold, as in size(subject) == 1",
      };
    } else if (isConstant) {
      yield {
        code: "ATTESTATION_POLICY_CONSTANT",
        path: place,
        message: "this looks at nothing that is attested, so it is the same for every attestation",
        remedy:
          "say what must be so of predicate, subject or statement; or remove policy, if any attestation will do",
      };
    }
  }
}
