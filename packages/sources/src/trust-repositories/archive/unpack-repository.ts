import { gunzipSync } from "node:zlib";
import { refused } from "../tuf-rules.ts";
import { readTar } from "./read-tar.ts";

/** An object of an API server has no more than one and a half megabytes. */
const maxPacked = 1536 * 1024;
/** A repository that publishes trusted roots has some hundred kilobytes, all its old versions included. */
const maxUnpacked = 4 * 1024 * 1024;
const tarLimits = { entries: 1024, depth: 16 };

/** What policy-controller's own tool puts before each name, and takes away again. */
const prefix = "repository/";

/**
 * Unpacks a tar.gz with a repository of The Update Framework, in memory. Whoever may write a TrustRoot chooses these bytes.
 * Source: policy-controller pkg/tuf/repo.go, CompressFS and UncompressMemFS.
 * @returns path below the repository → content
 * @throws CountersignError TRUST_REPOSITORY_UNUSABLE for what is no archive, is too large, or has more than files in it
 */
export function unpackRepository(archive: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (archive.length > maxPacked) {
    throw refused(`it has ${archive.length} bytes, more than the ${maxPacked} that are read`);
  }
  const files = new Map<string, Uint8Array>();
  for (const [path, content] of readTar(gunzip(archive), tarLimits)) {
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : path;
    if (files.has(name)) throw refused(`${JSON.stringify(name)} is in it with and without ${prefix}`);
    files.set(name, content);
  }
  return files;
}

function gunzip(archive: Uint8Array): Uint8Array {
  try {
    return gunzipSync(archive, { maxOutputLength: maxUnpacked });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw refused(`unpacked it has more than the ${maxUnpacked} bytes that are read`);
    }
    throw refused(code === "Z_BUF_ERROR" ? "it is cut off" : "it is not compressed by gzip, or damaged");
  }
}
