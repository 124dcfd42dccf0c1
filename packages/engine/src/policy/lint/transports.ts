import { quote } from "../../values/go-format.ts";
import { acceptsAllBy } from "../compare-sigstore.ts";
import type { Policy } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { type PlacedRequirement, transportPath } from "./requirement-lists.ts";

const transports: ReadonlySet<string> = new Set([
  "atomic",
  "containers-storage",
  "dir",
  "docker",
  "docker-archive",
  "docker-daemon",
  "oci",
  "oci-archive",
  "sif",
  "tarball",
]);

/** No image in these ever has signatures. Source: containers/image, GetSignaturesWithFormat of each. */
const withoutSignatures: ReadonlySet<string> = new Set([
  "docker-archive",
  "docker-daemon",
  "oci",
  "oci-archive",
  "sif",
  "tarball",
]);

/** Sections that no image ever falls under. */
export function* transportHints(policy: Policy): Generator<Hint> {
  for (const [transport, scopes] of policy.transports) {
    const path = transportPath(transport);
    if (!transports.has(transport)) {
      yield {
        code: "TRANSPORT_UNKNOWN",
        path,
        message: "there is no such transport, so nothing in this section ever applies",
        remedy: `write ${quote(closest(transport))}; the transports are ${[...transports].join(", ")}`,
      };
    } else if (scopes.size === 0) {
      yield {
        code: "TRANSPORT_EMPTY",
        path,
        message: "this section has no scope, so the policy's default holds as if it were not there",
        remedy: `remove it, or write what holds for all its images: "": [{"type": "reject"}]`,
      };
    }
  }
}

/** Signatures asked for where there never are any. */
export function* unsignedTransportHints({ path, requirement, list }: PlacedRequirement): Generator<Hint> {
  const { transport } = list;
  const asks = ["signedBy", "sigstoreSigned", "sigstore"].includes(requirement.type);
  if (!asks || (requirement.type === "sigstore" && acceptsAllBy(requirement))) return;
  if (transport === undefined || !withoutSignatures.has(transport)) return;
  yield {
    code: "TRANSPORT_WITHOUT_SIGNATURES",
    path,
    message: `images of ${transport} never have signatures, so this refuses them all`,
    remedy: `write {"type": "reject"}, which says so`,
  };
}

/** The transport that shares most with what was written; most people mean registries. */
function closest(written: string): string {
  const name = written.toLowerCase().replace(/:.*$/, "");
  if (transports.has(name)) return name;
  const sameStart = [...transports].find((transport) => name.length > 2 && transport.startsWith(name));
  return sameStart ?? "docker";
}
