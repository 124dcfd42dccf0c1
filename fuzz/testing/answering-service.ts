import type { ServiceClient, ServiceRequest } from "@countersign/signing/keyless/service-client";

/** A signing service that answers whatever it is told to, and says yes to everything. */
export function answeringService(answer: (request: ServiceRequest) => Uint8Array): ServiceClient {
  return {
    ask: async (request) => ({
      type: "answer",
      url: request.url,
      status: 200,
      statusText: "OK",
      headers: {},
      body: answer(request),
    }),
    close: async () => {},
  };
}
