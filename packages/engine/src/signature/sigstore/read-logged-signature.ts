import { quote } from "../../values/go-format.ts";
import { type Json, parseJson } from "../../values/strict-json.ts";
import { readRaw } from "../../values/strict-object.ts";
import { readText } from "../../values/strict-value.ts";
import { refuse } from "../invalid.ts";
import type { LoggedSignature } from "./logged-signature.ts";
import { message, present, refuseAt } from "./protojson.ts";
import { readDsse1, readHashedrekord1, readIntoto1, readIntoto2 } from "./rekor-v1-spec.ts";
import { readDsse2, readHashedrekord2 } from "./rekor-v2-spec.ts";
import type { LogEntry } from "./signed-entity.ts";

/**
 * Reads what a log took, by the entry's kind.
 * Source: sigstore/rekor pkg/types, rekor-tiles api/proto/rekor/v2.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function readLoggedSignature({ kind, version, body }: LogEntry): LoggedSignature {
  const fields = readBody(parseJson(body), "body", refuseAt);
  const [said, apiVersion] = [
    present(fields?.kind, "body.kind"),
    present(fields?.apiVersion, "body.apiVersion"),
  ];
  if (said !== kind || apiVersion !== version) {
    refuse(`body: it is ${quote(said)} ${apiVersion}, the entry says ${quote(kind)} ${version}`);
  }
  const read =
    specs.get(`${kind} ${version}`) ?? refuse(`entries of kind ${quote(kind)} ${version} are not known`);
  return read(present(fields?.spec, "body.spec"), "body.spec");
}

const readBody = message({ apiVersion: readText, kind: readText, spec: readRaw });

const specs: ReadonlyMap<string, (spec: Json, path: string) => LoggedSignature> = new Map([
  ["hashedrekord 0.0.1", readHashedrekord1],
  ["dsse 0.0.1", readDsse1],
  ["intoto 0.0.1", readIntoto1],
  ["intoto 0.0.2", readIntoto2],
  ["hashedrekord 0.0.2", readHashedrekord2],
  ["dsse 0.0.2", readDsse2],
]);
