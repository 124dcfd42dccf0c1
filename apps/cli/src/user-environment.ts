import { homedir } from "node:os";
import { type UserEnvironment, userEnvironment } from "@countersign/sources/environment";
import type { Terminal } from "./terminal.ts";

/** Whose configuration counts: the caller's. */
export function environmentOf({ environment }: Terminal): UserEnvironment {
  const home = environment["HOME"] || homedir();
  return userEnvironment(environment, { home, uid: process.getuid?.() ?? 0 });
}
