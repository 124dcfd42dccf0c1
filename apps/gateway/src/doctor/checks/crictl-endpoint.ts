import { crictlFile } from "../facts/crictl-setup.ts";
import { couldNotLook, type Observation, ok, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Whether people who pull by crictl do so through the gateway. */
export function checkCrictlEndpoint({
  gateway: { config },
  crictl,
  crictlEndpoints,
}: Pick<NodeFacts, "gateway" | "crictl" | "crictlEndpoints">): readonly Observation[] {
  if (config === undefined) return [];
  const { url } = config.listen;
  const remedy = `write runtime-endpoint: ${url} and image-endpoint: ${url} into ${crictlFile}`;
  const why =
    "What is pulled by crictl goes past the gateway, and into the store that pods are started from.";
  switch (crictl.type) {
    case "barred":
      return [couldNotLook(`${crictl.why}.`, "Where crictl finds the runtime is not known.")];
    case "missing":
      return [warning(`There is no ${crictlFile}: crictl looks for a runtime by itself.`, why, remedy)];
    case "read": {
      if (crictl.runtimeEndpoint === "") {
        return [
          warning(`${crictlFile} has no runtime-endpoint: crictl looks for one by itself.`, why, remedy),
        ];
      }
      const astray = crictlEndpoints.filter(({ leadsTo }) => leadsTo !== "gateway");
      if (astray.length === 0) return [ok(`crictl uses ${url}.`)];
      return astray.map(({ endpoint }) => warning(`${crictlFile} names ${endpoint}.`, why, remedy));
    }
  }
}
