import type { JsonDocument } from "../../values/json-document.ts";
import type { Policy } from "../policy.ts";
import { acceptedUnsignedHints } from "./accepted-unsigned.ts";
import { authorityHints } from "./authorities.ts";
import { deadScopeHints } from "./dead-scopes.ts";
import type { Hint } from "./hint.ts";
import { hostHints } from "./host-spelling.ts";
import { alternativeHints, markerHint, warningHint } from "./modes.ts";
import { officialImageHints } from "./official-images.ts";
import { signerPatternHints } from "./patterns.ts";
import { remapHints } from "./remapped-names.ts";
import {
  alternativesOf,
  type PlacedRequirement,
  placedRequirements,
  requirementLists,
} from "./requirement-lists.ts";
import { listHints } from "./requirements-together.ts";
import { identityHints } from "./signed-identity.ts";
import { signerHints } from "./signers.ts";
import { transportHints, unsignedTransportHints } from "./transports.ts";
import { trustNameHints } from "./trust-named.ts";
import { unsatisfiableHints } from "./unsatisfiable.ts";
import { weakerScopeHints } from "./weaker-scopes.ts";
import { wildcardHints } from "./wildcard-misses-host.ts";

/**
 * Finds what is valid in a policy and almost certainly not meant, as far as the policy alone can show it.
 * @param document the policy's text
 */
export function policyHints(policy: Policy, document: JsonDocument): readonly Hint[] {
  const placed = placedRequirements(policy, document);
  const lists = [...requirementLists(policy, document), ...placed.flatMap(alternativesOf)];
  return [
    ...ofPolicy.flatMap((rule) => [...rule(policy)]),
    ...markerHint(policy, document),
    ...lists.flatMap((list) => [...listHints(list)]),
    ...placed.flatMap((placed) => [
      ...ofRequirement.flatMap((rule) => [...rule(placed)]),
      ...trustNameHints(placed, document),
    ]),
  ];
}

const ofPolicy: ReadonlyArray<(policy: Policy) => Iterable<Hint>> = [
  transportHints,
  deadScopeHints,
  hostHints,
  wildcardHints,
  officialImageHints,
  weakerScopeHints,
  acceptedUnsignedHints,
];

const ofRequirement: ReadonlyArray<(placed: PlacedRequirement) => Iterable<Hint>> = [
  unsignedTransportHints,
  unsatisfiableHints,
  identityHints,
  remapHints,
  signerHints,
  warningHint,
  alternativeHints,
  authorityHints,
  signerPatternHints,
];
