import type { Reader, Report } from "../../values/strict-object.ts";
import { filledListOf, objectAs, readFlag } from "../../values/strict-value.ts";
import type { KeylessAuthority, KeylessTrust, TrustedRootSource } from "../sigstore-requirement.ts";
import type { TrustSource } from "../trust-source.ts";
import { onlyOne } from "./only-one.ts";
import { signerReader } from "./parse-signer.ts";
import type { PatternReaders } from "./parse-text-match.ts";
import { readCaSource, rekorNames, rekorReaders, rekorSource } from "./parse-trust-source.ts";
import { readTrustedRoot } from "./parse-trusted-root.ts";

const maxIdentities = 200;

/** Whom certificates are believed of, and for whom they must be. */
export type Keyless = Pick<KeylessAuthority, "trust" | "identities" | "ignoresSct">;

/** `keyless`: short-lived certificates. */
export function keylessReader(patterns: PatternReaders): Reader<Keyless> {
  const readers = {
    trustedRoot: readTrustedRoot,
    fulcio: readCaSource,
    ...rekorReaders,
    identities: filledListOf(signerReader(patterns), maxIdentities),
    insecureIgnoreSCT: readFlag,
  };
  return objectAs(readers, (fields, path, report) => {
    const { trustedRoot, fulcio, identities, insecureIgnoreSCT = false, ...rekor } = fields;
    const trust = keylessTrust({ trustedRoot, fulcio }, rekor, path, report);
    if (identities === undefined)
      report(path, "identities is missing: whose certificate counts must be said");
    const isBare = trust?.type === "fulcio";
    if (isBare && Object.hasOwn(fields, "insecureIgnoreSCT")) {
      report(path, "insecureIgnoreSCT goes with trustedRoot: fulcio knows no certificate transparency logs");
      return undefined;
    }
    if (trust === undefined || identities === undefined) return undefined;
    return { trust, identities, ignoresSct: isBare || insecureIgnoreSCT };
  });
}

interface TrustFields {
  readonly trustedRoot: TrustedRootSource | undefined;
  readonly fulcio: TrustSource | undefined;
}

function keylessTrust(
  { trustedRoot: root, fulcio: ca }: TrustFields,
  rekor: Parameters<typeof rekorSource>[0],
  path: string,
  report: Report,
): KeylessTrust | undefined {
  const present = { ...(root && { trustedRoot: root }), ...(ca && { fulcio: ca }) };
  if (onlyOne(present, ["trustedRoot", "fulcio"], path, report) === undefined) return undefined;
  const isNamed = rekorNames.some((name) => Object.hasOwn(rekor, name));
  if (root !== undefined) {
    if (!isNamed) return { type: "trustedRoot", root };
    report(path, "log keys go with fulcio: a trusted root names its own logs");
    return undefined;
  }
  const keys = isNamed ? rekorSource(rekor, path, report) : undefined;
  return ca === undefined || (isNamed && keys === undefined)
    ? undefined
    : { type: "fulcio", ca, rekor: keys };
}
