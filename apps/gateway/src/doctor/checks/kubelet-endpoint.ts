import { couldNotLook, type Observation, ok, problem, unknown, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

type Endpoint = NodeFacts["kubeletEndpoints"][number];

/** Whether the kubelet uses the gateway for everything, now and after its next start. */
export function checkKubeletEndpoint({
  gateway: { config },
  kubelet,
  kubeletEndpoints,
}: Pick<NodeFacts, "gateway" | "kubelet" | "kubeletEndpoints">): readonly Observation[] {
  if (config === undefined) return [];
  const { url } = config.listen;
  const barred = kubelet.barred.map((why) =>
    couldNotLook(`${why}.`, "What the kubelet is told there is not known."),
  );
  if (!kubelet.isThere) {
    const found = "No kubelet is seen: no process, no configuration where kubeadm puts it.";
    const remedy = `see that whatever runs the kubelet gives it ${url}`;
    return [...barred, unknown(found, "Whether it goes past the gateway is not known.", remedy)];
  }
  const astray = kubeletEndpoints.filter(({ leadsTo }) => leadsTo !== "gateway");
  const found = astray.map((endpoint) => observation(endpoint, url));
  if (found.length > 0 || barred.length > 0) return [...found, ...barred];
  return [ok(`The kubelet uses ${url}, says ${kubeletEndpoints.map(({ place }) => place).join(" and ")}.`)];
}

function observation({ service, endpoint, place, effect, leadsTo }: Endpoint, gateway: string): Observation {
  const whose = service === "image" ? "the kubelet's image service" : "the kubelet's runtime";
  const found = `${place}: ${whose} is ${endpoint}${effect === "now" ? "" : ` ${effect}`}.`;
  const [field, flag] =
    service === "image"
      ? ["imageServiceEndpoint", "image-service-endpoint"]
      : ["containerRuntimeEndpoint", "container-runtime-endpoint"];
  const remedy = `have it say ${gateway}: ${field} in the kubelet's configuration, or its flag --${flag}`;
  if (leadsTo === "elsewhere") {
    return warning(found, "That is neither the gateway nor a runtime that is known here.", remedy);
  }
  const what = service === "image" ? "Pulls go" : "Every call goes";
  const why = `${what} straight to the container runtime, past the gateway: nothing is verified.`;
  return effect === "at the next kubeadm upgrade"
    ? warning(found, `${why} Until then the kubelet's other configuration counts.`, remedy)
    : problem(found, why, remedy);
}
