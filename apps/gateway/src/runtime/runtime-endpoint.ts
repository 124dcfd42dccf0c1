import { CountersignError } from "@countersign/engine/values/error";

/** A unix socket named the way kubelet and crictl name it. */
export interface RuntimeEndpoint {
  readonly path: string;
  /** `unix://` and the path: for messages */
  readonly url: string;
}

/** sun_path holds 108 bytes with its NUL (unix(7)); the kernel's own message for longer ones helps nobody. */
const maxPathBytes = 107;

/**
 * Reads `unix:///run/containerd/containerd.sock` or the bare absolute path.
 * @throws CountersignError CONFIG_INVALID
 */
export function parseEndpoint(text: string): RuntimeEndpoint {
  const path = text.startsWith("unix://") ? text.slice("unix://".length) : text;
  if (!path.startsWith("/") || path.endsWith("/") || path.includes("\0"))
    throw new CountersignError(
      "CONFIG_INVALID",
      `not a unix socket: ${JSON.stringify(text)}; write unix:///absolute/path or the path alone`,
    );
  if (Buffer.byteLength(path) > maxPathBytes)
    throw new CountersignError(
      "CONFIG_INVALID",
      `the socket path ${JSON.stringify(path)} is longer than ${maxPathBytes} bytes, which no unix socket can be`,
    );
  return { path, url: `unix://${path}` };
}
