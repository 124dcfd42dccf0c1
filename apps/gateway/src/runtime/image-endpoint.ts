import type { Gate, RuntimeClient } from "../gate.ts";
import type { Forwarder } from "../relay/forwarder.ts";

const imageService = "/runtime.v1.ImageService/";

/** The service's methods as of CRI v1 in Kubernetes 1.36. A later one would reach the runtime service's endpoint. */
const methods = ["ListImages", "ImageStatus", "PullImage", "RemoveImage", "ImageFsInfo", "StreamImages"];

/**
 * For a runtime whose image service has a socket of its own: takes every call on that service out of the stream to the
 * runtime, so that it is forwarded to the other socket. Only what `gate` gates is decided about.
 */
export function takingOutImageService(gate: Gate): Gate {
  return {
    paths: new Set([...gate.paths, ...methods.map((method) => imageService + method)]),
    ask: async (call) => (gate.paths.has(call.path) ? await gate.ask(call) : { type: "forward" }),
  };
}

/** Calls that a gate let pass, each to the socket that serves it. */
export function forwarderByService(images: Forwarder, runtime: Forwarder): Forwarder {
  return {
    forward(fields, ...call) {
      const path = fields.find(({ name }) => name === ":path")?.value ?? "";
      return (path.startsWith(imageService) ? images : runtime).forward(fields, ...call);
    },
  };
}

/** Our own calls, each to the socket that serves it. */
export function clientByService(images: RuntimeClient, runtime: RuntimeClient): RuntimeClient {
  return {
    unary: (path, ...call) => (path.startsWith(imageService) ? images : runtime).unary(path, ...call),
  };
}
