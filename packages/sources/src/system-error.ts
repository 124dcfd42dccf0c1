import { getSystemErrorMessage } from "node:util";

/** Where libuv's words differ from the C library's, which Go repeats. */
const words: ReadonlyMap<string, string> = new Map([
  ["EISDIR", "is a directory"],
  ["ERR_FS_EISDIR", "is a directory"],
  ["ELOOP", "too many levels of symbolic links"],
  ["ENAMETOOLONG", "file name too long"],
  ["EIO", "input/output error"],
  ["EHOSTUNREACH", "no route to host"],
  ["EADDRNOTAVAIL", "cannot assign requested address"],
  ["ERR_INVALID_ARG_VALUE", "invalid argument"],
]);

/** What the operating system said, as Go words it: `no such file or directory`, `connection refused`. */
export function systemErrorText(error: unknown): string {
  const { code = "", errno, message } = error as NodeJS.ErrnoException;
  if (errno === undefined || errno === 0) return words.get(code) ?? message;
  // Node's own errors of files, such as ERR_FS_EISDIR, have it without the sign
  return words.get(code) ?? getSystemErrorMessage(-Math.abs(errno));
}

/** No room on a file system, by its blocks, its inodes or somebody's quota. */
export function isOutOfSpace(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(String((error as NodeJS.ErrnoException).code));
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
