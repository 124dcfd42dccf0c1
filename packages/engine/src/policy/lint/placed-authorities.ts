import type { Authority, SigstoreRequirement } from "../sigstore-requirement.ts";
import type { PlacedRequirement } from "./requirement-lists.ts";

/** One authority and where it stands. */
export interface PlacedAuthority<A extends Authority = Authority> {
  readonly path: string;
  readonly authority: A;
  readonly requirement: SigstoreRequirement;
}

/** Those of a `sigstore` requirement; any other has none. */
export function placedAuthorities({ path, requirement }: PlacedRequirement): readonly PlacedAuthority[] {
  if (requirement.type !== "sigstore") return [];
  return requirement.authorities.map((authority, at) => ({
    path: `${path}.authorities[${at}]`,
    authority,
    requirement,
  }));
}
