import { pods } from "../../kube/api-kind.ts";
import type { ApiServer } from "../../kube/api-server.ts";
import { isRecord } from "../../kube/parse-object.ts";

const pageSize = 200;
const mostImages = 64;

/** The images that pods of a namespace run now, each once. */
export async function imagesRunning(
  server: ApiServer,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const images = new Set<string>();
  for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
    const page = await server.list(pods, { namespace, limit: pageSize, after }, signal);
    for (const { spec } of page.objects) {
      for (const list of ["initContainers", "containers"]) {
        const containers = isRecord(spec) ? spec[list] : undefined;
        for (const one of Array.isArray(containers) ? containers : []) {
          if (isRecord(one) && typeof one["image"] === "string") images.add(one["image"]);
        }
      }
    }
    after = images.size < mostImages ? page.next : undefined;
  }
  return [...images].slice(0, mostImages);
}
