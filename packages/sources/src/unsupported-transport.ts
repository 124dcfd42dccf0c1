import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import type { LocatedImage } from "@countersign/engine/values/located-image";

/** An image that a policy can speak of and that is not read here: other tools' stores, and archives. */
export function unsupportedTransport(image: LocatedImage): CountersignError {
  const name = formatImageName(image);
  return new CountersignError(
    "TRANSPORT_UNSUPPORTED",
    `${name}: images of the transport ${image.transport} are not read; copy it with "skopeo copy ${name} dir:DIRECTORY", which keeps its signatures, and ask about dir:DIRECTORY`,
  );
}
