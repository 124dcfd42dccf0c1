import type { Report } from "../../values/strict-object.ts";
import {
  filledListOf,
  objectAs,
  type ReadFields,
  readBase64,
  readFilledText,
} from "../../values/strict-value.ts";
import type { TrustSource } from "../trust-source.ts";
import { onlyOne } from "./only-one.ts";

/** Enough for every key of an organisation. */
const maxSources = 100;

const readPaths = filledListOf(readFilledText, maxSources);
const readDatas = filledListOf(readBase64, maxSources);

const fileReaders = { path: readFilledText, data: readBase64 };

/** One file, or its bytes in base64. */
export const readFileSource = objectAs(fileReaders, (fields, path, report) =>
  onlySource(fields, fields, ["path", "data"], path, report),
);

/** The same for keys, of which several may be named; then any suffices. */
export const keyReaders = { ...fileReaders, paths: readPaths, datas: readDatas };

export function keySource(
  fields: ReadFields<typeof keyReaders>,
  path: string,
  report: Report,
): TrustSource | undefined {
  return onlySource(fields, fields, ["path", "paths", "data", "datas"], path, report);
}

/** `fulcio`: certificates of a CA. */
export const readCaSource = objectAs({ caPath: readFilledText, caData: readBase64 }, (fields, path, report) =>
  onlySource({ path: fields.caPath, data: fields.caData }, fields, ["caPath", "caData"], path, report),
);

/** Keys of transparency logs, called as in `sigstoreSigned`. */
export const rekorReaders = {
  rekorPublicKeyPath: readFilledText,
  rekorPublicKeyPaths: readPaths,
  rekorPublicKeyData: readBase64,
  rekorPublicKeyDatas: readDatas,
};

export const rekorNames = [
  "rekorPublicKeyPath",
  "rekorPublicKeyPaths",
  "rekorPublicKeyData",
  "rekorPublicKeyDatas",
] as const;

type RekorFields = ReadFields<typeof rekorReaders>;

export function rekorSource(fields: RekorFields, path: string, report: Report): TrustSource | undefined {
  const sources = {
    path: fields.rekorPublicKeyPath,
    paths: fields.rekorPublicKeyPaths,
    data: fields.rekorPublicKeyData,
    datas: fields.rekorPublicKeyDatas,
  };
  return onlySource(sources, fields, rekorNames, path, report);
}

interface Sources {
  readonly path?: string | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly data?: Uint8Array | undefined;
  readonly datas?: readonly Uint8Array[] | undefined;
}

function onlySource(
  { path: file, paths, data, datas }: Sources,
  fields: object,
  names: readonly string[],
  path: string,
  report: Report,
): TrustSource | undefined {
  if (onlyOne(fields, names, path, report) === undefined) return undefined;
  const files = paths ?? (file === undefined ? undefined : [file]);
  if (files !== undefined) return { type: "files", paths: files };
  return { type: "inline", data: datas ?? (data === undefined ? [] : [data]) };
}
