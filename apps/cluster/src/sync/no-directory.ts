import { CountersignError } from "@countersign/engine/values/error";

/**
 * An error of the operating system, or in its place what to do where a file lies on the way to a path.
 * @param path as it was asked for
 */
export function orNoDirectory(error: unknown, path: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== "ENOTDIR") return error;
  return new CountersignError(
    "CONFIG_INVALID",
    `${path} cannot be used, because on the way to it there is a file, and no directory: remove that file, and the directory is made again; or give another place by the flag that names this one`,
    { cause: error },
  );
}
