import type { Draw } from "@countersign/testkit/random/draw";
import type { CertificateLog } from "@countersign/testkit/signing-kit/certificate-log";
import {
  type AlternativeName,
  type ExtensionProfile,
  extendedKeyUsage,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import type { FulcioIdentityProfile } from "@countersign/testkit/signing-kit/fulcio";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  type BundleSigner,
  certificateSigner,
  keySigner,
} from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import {
  identity,
  issuer,
  now,
  sigstore,
  strangers,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import { mutateDer } from "../mutate/der.ts";

const managed = createSigningKey("managed");
const { fulcio, certificateLog } = sigstore;

/** Who signs: the managed key, or a certificate of the Fulcio, which may say anything. */
export function forgeSigner(draw: Draw): BundleSigner {
  if (draw.chance(0.3)) return keySigner(managed);
  const usual = { names: [["uri", identity]], oidcIssuer: issuer, logs: [certificateLog] } as const;
  const odd = draw.chance(0.4) ? {} : draw.one(oddities)(draw);
  return certificateSigner(fulcio.issue({ ...usual, ...odd }));
}

const oddities: readonly [Oddity, ...Oddity[]] = [
  (draw) => ({ names: draw.one(names) }),
  (draw) => ({ logs: draw.one(logs) }),
  (draw) => ({ usages: draw.one([[], [oid.serverAuth], [oid.anyUsage], [oid.codeSigning, oid.serverAuth]]) }),
  (draw) => ({ extensions: [forgeExtension(draw)] }),
  () => ({ oidcIssuer: `${issuer}/` }),
  () => ({ issuerExtensions: [] }),
  (draw) => ({ profile: { notBefore: now + draw.one([-300, -1, 0, 1, 300]) } }),
  (draw) => ({ profile: { notAfter: now + draw.one([-300, -1, 0, 1, 300]) } }),
  (draw) => ({ issuer: draw.one([strangers.fulcio.authority.intermediate, fulcio.authority.root]) }),
];

type Oddity = (draw: Draw) => FulcioIdentityProfile;

const names: readonly [readonly AlternativeName[], ...(readonly AlternativeName[])[]] = [
  [],
  [["uri", `${identity}x`]],
  [["uri", `x${identity}`]],
  [["uri", "https://ci.example"]],
  [["dns", "ci.example"]],
  [
    ["uri", identity],
    ["email", "a@b.example"],
  ],
  [
    ["email", "a@b.example"],
    ["uri", identity],
  ],
  [
    ["uri", "https://ci.example"],
    ["uri", identity],
  ],
];

const logs: readonly [readonly CertificateLog[], ...(readonly CertificateLog[])[]] = [
  [],
  [strangers.certificateLog],
  [certificateLog, strangers.certificateLog],
  [certificateLog, certificateLog],
];

function forgeExtension(draw: Draw): ExtensionProfile {
  const honest = Buffer.from(extendedKeyUsage(oid.codeSigning).value);
  const value = mutateDer(draw, honest, Buffer.from("0500", "hex"));
  const name = draw.one([...extensions, oid.fulcioIssuerV1]);
  return { oid: name, critical: draw.chance(0.5), value };
}

const extensions = ["2.5.29.37", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "1.2.3.4"] as const;
