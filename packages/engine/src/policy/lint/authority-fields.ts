import type { KeylessAuthority, TrustedRootSource } from "../sigstore-requirement.ts";
import type { PlacedAuthority } from "./placed-authorities.ts";
import type { TrustField } from "./trust-field.ts";

/** Every source of trust that an authority names. */
export function authorityFields({ path, authority }: PlacedAuthority): readonly TrustField[] {
  if (authority.type === "static") return [];
  const { transparency, timestamp } = authority;
  const logs = transparency.type === "logged" ? transparency.logs : undefined;
  const stamps = timestamp.type === "stamped" ? timestamp.root : undefined;
  return [
    ...(authority.type === "key"
      ? [{ start: `${path}.key.`, role: "publicKey", source: authority.keys } as const]
      : keylessFields(`${path}.keyless`, authority)),
    ...(logs?.type === "rekor"
      ? [{ start: `${path}.transparency.rekorPublicKey`, role: "logKey", source: logs.keys } as const]
      : []),
    ...(logs?.type === "trustedRoot" ? [rootField(`${path}.transparency.trustedRoot`, logs.root)] : []),
    ...(stamps === undefined ? [] : [rootField(`${path}.timestamp.trustedRoot`, stamps)]),
  ];
}

function keylessFields(path: string, { trust }: KeylessAuthority): readonly TrustField[] {
  if (trust.type === "trustedRoot") return [rootField(`${path}.trustedRoot`, trust.root)];
  return [
    { start: `${path}.fulcio.ca`, role: "fulcioRoots", source: trust.ca },
    { start: `${path}.rekorPublicKey`, role: "logKey", source: trust.rekor },
  ];
}

function rootField(path: string, root: TrustedRootSource): TrustField {
  return root.type === "tuf"
    ? { start: `${path}.tuf.root.`, role: "repositoryRoot", source: root.root }
    : { start: `${path}.`, role: "trustedRoot", source: root };
}
