import type { Draw } from "@countersign/testkit/random/draw";

/** A part of what a registry is asked: by the gateway and by the runtime, unless it says otherwise. */
export interface WhichRequests {
  readonly which: string;
  /** of `METHOD path` */
  readonly requests: RegExp;
}

const parts: readonly [WhichRequests, ...WhichRequests[]] = [
  { which: "everybody", requests: /^/ },
  { which: "everybody", requests: /^/ },
  { which: "whoever greets it", requests: /^GET \/v2\/$/ },
  { which: "requests for manifests", requests: /\/manifests\// },
  { which: "requests for manifests by tag", requests: /\/manifests\/v1$/ },
  { which: "requests for signatures", requests: /\/manifests\/sha256-[0-9a-f]+\.sig$/ },
  { which: "requests for blobs", requests: /\/blobs\// },
  { which: "whoever wants an image that needs a signature", requests: /\/signed\// },
];

export function whichRequests(draw: Draw): WhichRequests {
  return draw.one(parts);
}
