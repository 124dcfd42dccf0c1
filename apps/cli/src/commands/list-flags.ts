import { CountersignError } from "@countersign/engine/values/error";
import type { RegistryFlags } from "./image-flags.ts";

/** Flags of commands that ask about many images, as they were typed. */
export interface ListFlags extends RegistryFlags {
  readonly timeout: string;
  readonly jobs: string;
}

const maxJobs = 64;

/** @returns how many images are asked about at once; @throws CountersignError USAGE */
export function parseJobs(text: string): number {
  const jobs = Number(text);
  if (/^\d+$/.test(text) && jobs >= 1 && jobs <= maxJobs) return jobs;
  throw new CountersignError("USAGE", `--jobs ${JSON.stringify(text)}: write a number from 1 to ${maxJobs}`);
}
