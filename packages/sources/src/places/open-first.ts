import { CountersignError } from "@countersign/engine/values/error";
import { formatReference } from "@countersign/engine/values/image-reference";
import type { ImageSource } from "@countersign/engine/verify/ports";
import type { PassedOver, Places } from "./place.ts";

/**
 * Tries one place after the other. The first that opens serves everything from then on; a rejected signature sends
 * nobody to the next. If none opens, the last one's trouble is the reason, and the others' are told with it.
 * Source: containers/image docker/docker_image_src.go, newImageSource.
 */
export async function openFirst({ places, passedOver }: Places, signal: AbortSignal): Promise<ImageSource> {
  const failures: PassedOver[] = [...passedOver];
  for (const place of places) {
    try {
      return await place.open(signal);
    } catch (caught) {
      const error = CountersignError.from(caught);
      if (error.code === "CANCELLED" || error.code === "DEADLINE_EXCEEDED") throw error;
      failures.push({ name: formatReference(place.physical), error });
    }
  }
  const primary = failures.pop();
  if (primary === undefined) throw new CountersignError("INTERNAL", "no place to open the image from");
  const { name, error } = primary;
  if (failures.length === 0) throw error;
  const others = failures.map((other) => `[${other.name}: ${other.error.message}]`).join("\n");
  throw new CountersignError(error.code, `(Mirrors also failed: ${others}): ${name}: ${error.message}`);
}
