import type { Draw } from "@countersign/testkit/random/draw";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { type BundleSigner, keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { type NoteSigner, noteSigner, witness } from "@countersign/testkit/signing-kit/sigstore/checkpoint";
import {
  now,
  rekor,
  rekorTiles,
  sigstore,
  strangers,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import {
  dsse,
  dsseV2,
  type EntryBody,
  hashedrekord,
  hashedrekordV2,
  intoto,
} from "@countersign/testkit/signing-kit/sigstore/entry-body";
import {
  type LogEntryJson,
  withoutPromise,
  withoutProof,
} from "@countersign/testkit/signing-kit/sigstore/log-entry-json";
import type { MadeSignature } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import type { CheckpointChanges, EntryChanges } from "@countersign/testkit/signing-kit/sigstore/rekor";
import { mutateBytes } from "../mutate/bytes.ts";
import { mutateJson } from "../mutate/json.ts";
import { mutateText } from "../mutate/text.ts";
import { forgeSignature } from "./signature.ts";

/** An entry that a log took, promised and proved, whatever it says; or what was left of it. */
export function forgeEntry(draw: Draw, made: MadeSignature, by: BundleSigner): LogEntryJson {
  const signer = draw.chance(0.93) ? by : keySigner(createSigningKey("stranger"));
  const logged = draw.chance(0.93) ? made : forgeSignature(draw, by);
  const isTiles = draw.chance(0.4);
  const honest = honestBody(draw, logged, signer, isTiles);
  const bytes = Buffer.from(honest.bytes);
  const body = draw.chance(0.7) ? honest : { ...honest, bytes: mutateBody(draw, bytes, bytes) };
  const log = draw.chance(0.95) ? sigstore : strangers;
  const checkpoint = draw.chance(0.6) ? {} : forgeCheckpoint(draw, isTiles);
  const entry = isTiles
    ? log.rekorTiles.add(body, checkpoint)
    : log.rekor.add(body, { ...checkpoint, ...forgeTime(draw) });
  return draw.chance(0.6) ? entry : draw.one(changes)(draw, entry);
}

function honestBody(draw: Draw, made: MadeSignature, by: BundleSigner, isTiles: boolean): EntryBody {
  if (made.type === "message") return isTiles ? hashedrekordV2(made, by) : hashedrekord(made, by);
  if (isTiles) return draw.chance(0.8) ? hashedrekordV2(made, by) : dsseV2(made, by);
  return draw.one([dsse, intoto, hashedrekord])(made, by);
}

const mutateBody = mutateJson({
  names: [
    ...([
      "apiVersion",
      "kind",
      "spec",
      "data",
      "hash",
      "algorithm",
      "value",
      "signature",
      "content",
    ] as const),
    ...["publicKey", "envelopeHash", "payloadHash", "signatures", "verifier", "envelope", "sig", "digest"],
    ...[
      "hashedRekordV002",
      "dsseV002",
      "keyDetails",
      "x509Certificate",
      "rawBytes",
      "payload",
      "payloadType",
    ],
  ],
  values: [
    ...(["0.0.1", "0.0.2", "hashedrekord", "dsse", "intoto", "sha256", "SHA256", "SHA2_256"] as const),
    ...["sha512", "", "AAAA"],
  ],
});

const tenYears = 10 * 365 * 24 * 3600;

function forgeTime(draw: Draw): EntryChanges {
  const times = [now, now, now, now + 300, now + 301, now - 300, now - 301, 0, now + tenYears] as const;
  return { integratedTime: draw.one(times) };
}

type Change = (draw: Draw, entry: LogEntryJson) => LogEntryJson;

const changes: readonly [Change, ...Change[]] = [
  (_, entry) => withoutPromise(entry),
  (_, entry) => withoutProof(entry),
  (draw, entry) => ({ ...entry, logIndex: draw.one(["0", "1", "105", "-1", "01"]) }),
  (draw, entry) => ({ ...entry, integratedTime: draw.one(["0", "1", `${now}`, `${now + 1}`, "-1"]) }),
  (draw, entry) => ({
    ...entry,
    kindVersion: { ...entry.kindVersion, version: draw.one(["0.0.1", "0.0.2", "0.0.3"]) },
  }),
];

/** What the log signs, whatever it is, and who else signs. */
function forgeCheckpoint(draw: Draw, isTiles: boolean): CheckpointChanges {
  const { host, key } = isTiles ? rekorTiles : rekor;
  const own = noteSigner(host, key);
  const one = witness("witness.example", createSigningKey("witness", "ed25519"), now);
  const name = draw.one(["", "x", host.slice(1), `${host}x`, host.slice(0, 5), "."]);
  const renamed: NoteSigner = { ...noteSigner(name, key), sign: own.sign };
  const spoilt: NoteSigner = {
    ...own,
    sign: (text) => mutateBytes(draw, Buffer.from(own.sign(text)), Buffer.from(text)),
  };
  const ofAnother: NoteSigner = {
    ...own,
    sign: (text) => own.sign(mutateNote(draw, Buffer.from(text), Buffer.from(text)).toString()),
  };
  const noteSigners = draw.one<readonly NoteSigner[]>([
    [own],
    [own],
    [own],
    [own, one],
    [one, own],
    [renamed],
    [renamed, own],
    [own, spoilt],
    [spoilt, own],
    [spoilt],
    [ofAnother],
    [one],
  ]);
  return { checkpoint: draw.one(notes)(draw, host), noteSigners };
}

const mutateNote = mutateText(["0", "1", "-", "\u2014", "\n", "\n\n", " ", "=", "AAAA", "rekor", "+"]);

type Note = (draw: Draw, host: string) => NonNullable<CheckpointChanges["checkpoint"]>;

const notes: readonly [Note, ...Note[]] = [
  () => ({}),
  (draw, host) => ({
    origin: draw.one([host, "", "x", `${host} - 1`, `x${host}`, `${host}\n`, undefined]),
  }),
  (draw) => ({ size: draw.one(["0", "01", "+6", " 6", "0x6", "1e3", "", "-6", undefined]) }),
  (draw) => ({
    furtherLines: draw.one([[], [""], ["\u2014 x AAAA"], ["Timestamp: 1", "more"], ["x", "", "y"]]),
  }),
];
