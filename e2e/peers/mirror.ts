import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RegistryFront, startRegistryFront } from "./registry-front.ts";

/** Stands in front of a registry and notes who asks. */
export interface Mirror extends RegistryFront {
  /** `containerd GET /v2/app/manifests/v1?ns=hub.example`, in order. */
  readonly requests: readonly string[];
}

/** @param prefix - what repositories stand below here and not in the registry itself: `/hub` */
export async function startMirror(registry: string, prefix = ""): Promise<Mirror> {
  const requests: string[] = [];
  const front = await startRegistryFront(registry, ({ method, url = "", headers }) => {
    const [who] = (headers["user-agent"] ?? "").split("/", 1);
    requests.push(`${who} ${method} ${url}`);
    return url.replace(`/v2${prefix}/`, "/v2/");
  });
  return { ...front, requests };
}

/** Writes what containerd and the gateway read of one registry; it counts from the next pull on. */
export async function writeHostsToml(configPath: string, registry: string, content: string): Promise<void> {
  const directory = join(configPath, registry);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "hosts.toml"), content);
}
