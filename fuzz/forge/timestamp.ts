import { encodeDer } from "@countersign/engine/signature/der-write";
import type { Draw } from "@countersign/testkit/random/draw";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  now,
  strangers,
  timestampAuthority,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import type { StampChanges } from "@countersign/testkit/signing-kit/sigstore/timestamp-authority";
import { mutateDer } from "../mutate/der.ts";

/** A timestamp that an authority made, whatever it says. */
export function forgeTimestamp(draw: Draw, signature: Uint8Array): Uint8Array {
  const authority = draw.chance(0.95) ? timestampAuthority : strangers.timestampAuthority;
  const time = now + draw.one([0, 0, 0, 300, 301, -300, -301]);
  const bytes = draw.chance(0.95) ? signature : Buffer.from("else");
  const changes = draw.chance(0.5) ? {} : draw.one(oddities)(draw);
  return authority.stamp(bytes, time, changes);
}

type Oddity = (draw: Draw) => StampChanges;

const { leaf, root } = timestampAuthority;
const data = "1.2.840.113549.1.7.1";

const oddities: readonly [Oddity, ...Oddity[]] = [
  () => ({ withCertificate: true }),
  (draw) => ({ imprintHash: draw.one(["sha1", "sha384", "sha512"]) }),
  (draw) => ({ signerHash: draw.one(["sha1", "sha384", "sha512"]) }),
  (draw) => ({ status: draw.one([1, 2, 3, 255]) }),
  (draw) => ({ version: draw.one([0, 2]) }),
  (draw) => ({
    certificates: draw.one([[strangers.timestampAuthority.leaf.der], [root.der, leaf.der], [root.der]]),
  }),
  () => ({ namedCertificate: Buffer.from("another") }),
  () => ({ attributeContentType: data }),
  () => ({ contentType: data }),
  () => ({ messageDigest: Buffer.alloc(32) }),
  () => ({ key: createSigningKey("stranger") }),
  () => ({ serial: Buffer.of(1) }),
  (draw) => ({ genTime: encodeDer(draw.one([0x17, 0x18]), Buffer.from(draw.one(times))) }),
  (draw) => ({
    furtherInfo: [mutateDer(draw, Buffer.from("3003020101", "hex"), Buffer.from("0101ff", "hex"))],
  }),
  () => ({ nonce: Buffer.from("ff00", "hex") }),
];

const times = [
  "260101000000Z",
  "20260101000000Z",
  "20260101000000.5Z",
  "20260101000000.50Z",
  "2026010100Z",
  "20260101010000+0100",
  "20260101000060Z",
  "20260230000000Z",
  "",
] as const;
