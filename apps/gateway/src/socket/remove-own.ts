import { link, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RuntimeEndpoint } from "../runtime/runtime-endpoint.ts";
import type { Owner } from "./place-guard.ts";
import { asSocketError } from "./socket-error.ts";
import { makeWorkshop } from "./workshop.ts";

/**
 * Removes our socket, and no other: one that takes its place between a look and the removal would be removed instead, and
 * nobody would find its gateway any more. So it is moved aside first; what turns out to be another's goes back.
 */
export async function removeOwn(
  endpoint: RuntimeEndpoint,
  whoseAt: (path: string) => Promise<Owner>,
): Promise<void> {
  const workshop = await makeWorkshop(endpoint).catch(() => undefined);
  if (workshop === undefined) return; // a dead socket stays, and whoever starts next replaces it
  const aside = join(workshop, "old");
  try {
    await rename(endpoint.path, aside);
    if ((await whoseAt(aside)) === "another's") await link(aside, endpoint.path);
  } catch (caught) {
    // Somebody else removed it, or took the place once more.
    const { code } = caught as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EEXIST") throw asSocketError(caught, endpoint);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}
