import type { Draw } from "@countersign/testkit/random/draw";
import { defaultEmail, defaultOidcIssuer } from "@countersign/testkit/signing-kit/fulcio";
import type { Site } from "../case.ts";
import { kit, stranger, today, trusted } from "../evidence/kit.ts";
import { accept, inBase64, reject } from "../evidence/policies.ts";
import { drawSignedBy } from "./draw-gpg.ts";
import { drawPrefix, drawReference, drawRepository, drawScope, type Subject } from "./draw-name.ts";
import { drawManner, type Manner, type SigstoreManner } from "./manner.ts";
import { spoilt } from "./spoil.ts";

/** A policy that is about the image, and mostly in good order. */
export function drawPolicy(draw: Draw, subject: Subject, usual: Manner): string | Uint8Array {
  const scopes = draw
    .several([0, 1, 2, 3], 0, 4)
    .map(() => [drawScope(draw, subject), drawList(draw, subject, usual)]);
  const policy = {
    default: drawList(draw, subject, usual),
    ...(draw.chance(0.8) ? { transports: { docker: Object.fromEntries(scopes) } } : {}),
  };
  const text = JSON.stringify(policy, undefined, draw.one([undefined, 2]));
  return draw.chance(0.92) ? text : spoilt(draw, Buffer.from(text));
}

function drawList(draw: Draw, subject: Subject, usual: Manner): readonly unknown[] {
  return draw.several([0], 1, draw.one([1, 1, 1, 2, 3])).map(() => drawRequirement(draw, subject, usual));
}

function drawRequirement(draw: Draw, subject: Subject, usual: Manner): unknown {
  if (draw.chance(0.1)) return draw.one([accept, accept, reject]);
  const manner = drawManner(draw, usual);
  const asked = manner === "gpg" ? drawSignedBy(draw, subject) : drawSigstoreSigned(draw, subject, manner);
  return { ...asked, ...(draw.chance(0.7) ? { signedIdentity: drawIdentity(draw, subject) } : {}) };
}

function drawSigstoreSigned(draw: Draw, { site }: Subject, manner: SigstoreManner): object {
  const trusts: Readonly<Record<SigstoreManner, () => object>> = {
    key: () => drawKeys(draw, site),
    logged: () => ({ ...drawKeys(draw, site), ...drawLog(draw) }),
    keyless: () => ({ fulcio: drawFulcio(draw, site), ...drawLog(draw) }),
    pki: () => ({ pki: drawPki(draw, site) }),
  };
  return { type: "sigstoreSigned", ...trusts[manner]() };
}

function drawKeys(draw: Draw, site: Site): object {
  const key = () =>
    draw.one([
      trusted,
      trusted,
      trusted,
      stranger,
      kit.key("signer", draw.one(["p384", "rsa2048", "ed25519"])),
    ]).publicKeyPem;
  return draw.one([
    () => ({ keyData: inBase64(key()) }),
    () => ({ keyDatas: [key(), key()].map(inBase64) }),
    () => ({ keyPath: site.file(`key-${draw.below(1e9)}`, key()) }),
    () => ({
      keyPaths: [site.file(`key-${draw.below(1e9)}`, key()), site.file(`key-${draw.below(1e9)}`, key())],
    }),
    () => ({ keyData: inBase64(draw.chance(0.7) ? key() : spoilt(draw, Buffer.from(key()))) }),
    () => ({
      keyPath: draw.chance(0.7) ? site.file(`key-${draw.below(1e9)}`, key()) : site.absent("no-key"),
    }),
  ])();
}

function drawLog(draw: Draw): object {
  const key = draw.one([kit.log.publicKeyPem, kit.log.publicKeyPem, stranger.publicKeyPem]);
  return draw.one([
    { rekorPublicKeyData: inBase64(key) },
    { rekorPublicKeyDatas: [stranger.publicKeyPem, key].map(inBase64) },
  ]);
}

function drawFulcio(draw: Draw, site: Site): unknown {
  const ca = draw.one([
    kit.fulcio.caPem,
    kit.fulcio.caPem,
    kit.fulcio.authority.intermediate.pem,
    today.pki.root.pem,
  ]);
  return {
    ...draw.one([{ caData: inBase64(ca) }, { caPath: site.file(`ca-${draw.below(1e9)}`, ca) }]),
    oidcIssuer: draw.one([defaultOidcIssuer, defaultOidcIssuer, "https://other.example"]),
    subjectEmail: draw.one([defaultEmail, defaultEmail, "mallory@example.com"]),
  };
}

function drawPki(draw: Draw, site: Site): unknown {
  const { root, intermediate } = today.pki;
  const roots = draw.one([
    root.pem,
    root.pem,
    intermediate.pem,
    kit.fulcio.caPem,
    kit.fulcio.caPem + root.pem,
  ]);
  return {
    ...draw.one([
      { caRootsData: inBase64(roots) },
      { caRootsPath: site.file(`roots-${draw.below(1e9)}`, roots) },
    ]),
    ...(draw.chance(0.2) ? { caIntermediatesData: inBase64(draw.one([intermediate.pem, "x"])) } : {}),
    ...draw.one<Readonly<Record<string, string>>>([
      { subjectEmail: defaultEmail },
      {
        subjectHostname: draw.one([
          "build.example.com",
          "BUILD.example.com",
          "a.build.example.com",
          "127.0.0.1",
        ]),
      },
      { subjectEmail: defaultEmail, subjectHostname: "build.example.com" },
    ]),
  };
}

function drawIdentity(draw: Draw, subject: Subject): unknown {
  const type = draw.one([
    ...(["matchExact", "matchRepoDigestOrExact", "matchRepository", "matchRepository"] as const),
    ...(["exactReference", "exactRepository", "remapIdentity"] as const),
  ]);
  switch (type) {
    case "exactReference":
      return { type, dockerReference: drawReference(draw, subject) };
    case "exactRepository":
      return { type, dockerRepository: drawRepository(draw, subject) };
    case "remapIdentity":
      return { type, prefix: drawPrefix(draw, subject), signedPrefix: drawPrefix(draw, subject) };
    default:
      return { type };
  }
}
