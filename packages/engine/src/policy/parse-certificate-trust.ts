import { readBytes, readString } from "../values/go-value.ts";
import { type Reader, type Report, readObject } from "../values/strict-object.ts";
import type { FulcioTrust, PkiTrust, TrustSource } from "./policy.ts";

const fulcioReaders = {
  caPath: readString,
  caData: readBytes,
  oidcIssuer: readString,
  subjectEmail: readString,
};

/** `fulcio`: short-lived certificates for whoever an OIDC issuer vouches for. */
export const readFulcio: Reader<FulcioTrust> = (json, path, report) => {
  const fields = readObject(json, path, report, fulcioReaders);
  if (fields === undefined || Object.values(fields).includes(undefined)) return undefined;
  const { oidcIssuer, subjectEmail } = fields;
  const ca = readCa(["caPath", fields.caPath], ["caData", fields.caData], path, report);
  if (ca === "none") report(path, "At least one of caPath and caData must be specified");
  if (!oidcIssuer) report(path, "oidcIssuer not specified");
  if (!subjectEmail) report(path, "subjectEmail not specified");
  return isTrustSource(ca) && oidcIssuer && subjectEmail ? { ca, oidcIssuer, subjectEmail } : undefined;
};

const pkiReaders = {
  caRootsPath: readString,
  caRootsData: readBytes,
  caIntermediatesPath: readString,
  caIntermediatesData: readBytes,
  subjectEmail: readString,
  subjectHostname: readString,
};

/** `pki`: certificates of one's own authority. */
export const readPki: Reader<PkiTrust> = (json, path, report) => {
  const fields = readObject(json, path, report, pkiReaders);
  if (fields === undefined || Object.values(fields).includes(undefined)) return undefined;
  const roots = readCa(
    ["caRootsPath", fields.caRootsPath],
    ["caRootsData", fields.caRootsData],
    path,
    report,
  );
  if (roots === "none") report(path, "At least one of caRootsPath and caRootsData must be specified");
  const intermediates = readCa(
    ["caIntermediatesPath", fields.caIntermediatesPath],
    ["caIntermediatesData", fields.caIntermediatesData],
    path,
    report,
  );
  const subjectEmail = fields.subjectEmail || undefined;
  const subjectHostname = fields.subjectHostname || undefined;
  const hasSubject = subjectEmail !== undefined || subjectHostname !== undefined;
  if (!hasSubject) report(path, "At least one of subjectEmail, subjectHostname must be specified");
  if (!isTrustSource(roots) || intermediates === "both" || !hasSubject) return undefined;
  return {
    roots,
    intermediates: isTrustSource(intermediates) ? intermediates : undefined,
    subjectEmail,
    subjectHostname,
  };
};

type Ca = TrustSource | "none" | "both";

/** Certificates by path or inline; saying both is reported. */
function readCa(
  [pathKey, file]: readonly [key: string, value: string | undefined],
  [dataKey, data]: readonly [key: string, value: Uint8Array | null | undefined],
  path: string,
  report: Report,
): Ca {
  if (file && data) {
    report(path, `${pathKey} and ${dataKey} cannot be used simultaneously`);
    return "both";
  }
  if (file) return { type: "files", paths: [file] };
  return data ? { type: "inline", data: [data] } : "none";
}

function isTrustSource(ca: Ca): ca is TrustSource {
  return ca !== "none" && ca !== "both";
}
