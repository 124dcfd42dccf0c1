import { mkdtemp, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { RuntimeEndpoint } from "../runtime/runtime-endpoint.ts";
import { asSocketError } from "./socket-error.ts";

/**
 * Makes a directory beside the socket's place that only we can enter: what is made in it is moved to its place when it is right.
 * @throws CountersignError SOCKET_UNUSABLE
 */
export async function makeWorkshop(endpoint: RuntimeEndpoint): Promise<string> {
  const directory = dirname(endpoint.path);
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory())
    throw new CountersignError(
      "SOCKET_UNUSABLE",
      `cannot listen on ${endpoint.url}: ${directory} is not a directory; create it, owned by root and closed to others`,
    );
  try {
    return await mkdtemp(join(directory, ".cs-"));
  } catch (caught) {
    throw asSocketError(caught, endpoint);
  }
}
