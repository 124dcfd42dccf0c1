import { CountersignError } from "@countersign/engine/values/error";
import { type NodeFiles, readText } from "../node/node-files.ts";
import { type NodeProcess, processesNamed } from "../node/processes.ts";
import type { Unit } from "./unit-file.ts";
import { yamlScalars } from "./yaml-scalars.ts";

/** What the node says of where its kubelet finds the container runtime. */
export interface KubeletSetup {
  /** undefined when none runs, or nothing runs */
  readonly pid: number | undefined;
  /** whether there is anything of a kubelet at all */
  readonly isThere: boolean;
  readonly statements: readonly EndpointStatement[];
  /** files that could not be looked at, and why */
  readonly barred: readonly string[];
}

/** One place that says where a service is. */
export interface EndpointStatement {
  /** whose endpoint: that of the RuntimeService, or of the ImageService if that has its own */
  readonly service: "runtime" | "image";
  readonly endpoint: string;
  /** the file or the process that says it */
  readonly place: string;
  readonly effect: "now" | "at the next start" | "at the next kubeadm upgrade";
}

const maxFileSize = 1024 * 1024;
const maxDropIns = 1000;

/** Written by kubeadm, by packages of deb, of rpm. They count when the kubelet's unit reads them, as it does by default. */
const flagFiles = ["/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet", "/etc/sysconfig/kubelet"];
const usualConfig = "/var/lib/kubelet/config.yaml";
/** kubeadm 1.32 and later merges it into the configuration whenever it writes that anew. */
const instanceConfig = "/var/lib/kubelet/instance-config.yaml";

/**
 * Puts together what counts: a flag over the drop-ins of `--config-dir`, the last of them over those before, over the
 * file of `--config`; else the kubelet's own default.
 * Source: kubernetes cmd/kubelet/app/server.go; pkg/kubelet/apis/config/v1beta1/defaults.go.
 */
export async function kubeletSetup(
  files: NodeFiles,
  processes: readonly NodeProcess[],
  services: readonly Unit[],
): Promise<KubeletSetup> {
  const barred: string[] = [];
  const running = processesNamed(processes, "kubelet").at(0);
  const written = await writtenFlags(files, services, barred);
  const flags = running === undefined ? written : flagsIn(running.argv.join(" "), `process ${running.pid}`);
  const configs = await configFiles(flags, running !== undefined, files, barred);
  const isThere = running !== undefined || written.length > 0 || configs.length > 0;

  const statements: EndpointStatement[] = [];
  for (const service of ["runtime", "image"] as const) {
    const now = [...configs, ...flags].findLast((setting) => setting.name === service);
    if (now !== undefined) statements.push({ service, endpoint: now.value, place: now.place, effect: "now" });
    else if (service === "runtime" && isThere) statements.push({ ...ownDefault, service });
    const later = running && written.findLast((setting) => setting.name === service);
    if (later !== undefined && later.value !== now?.value) {
      statements.push({ service, endpoint: later.value, place: later.place, effect: "at the next start" });
    }
  }
  for (const { name, value, place } of await configSettings(instanceConfig, files, barred)) {
    if (name === "runtime" || name === "image") {
      statements.push({ service: name, endpoint: value, place, effect: "at the next kubeadm upgrade" });
    }
  }
  return { pid: running?.pid, isThere, statements, barred };
}

const ownDefault = {
  endpoint: "unix:///run/containerd/containerd.sock",
  place: "the kubelet's own default, as nothing else is said",
  effect: "now",
} as const;

/** A setting that was found somewhere; of equal names the last one counts. */
interface Setting {
  readonly name: "runtime" | "image" | "config" | "config-dir";
  readonly value: string;
  readonly place: string;
}

const flagNames: ReadonlyMap<string, Setting["name"]> = new Map([
  ["container-runtime-endpoint", "runtime"],
  ["image-service-endpoint", "image"],
  ["config", "config"],
  ["config-dir", "config-dir"],
]);

function flagsIn(text: string, place: string): readonly Setting[] {
  return [...text.matchAll(/--([a-z-]+)[= ]["']?((?!-)[^\s"']+)/g)].flatMap(([, flag = "", value = ""]) => {
    const name = flagNames.get(flag);
    return name === undefined ? [] : [{ name, value, place }];
  });
}

/** The flags that a kubelet would be started with. */
async function writtenFlags(
  files: NodeFiles,
  services: readonly Unit[],
  barred: string[],
): Promise<readonly Setting[]> {
  const unit = services.find(({ file }) => file.endsWith("/kubelet.service"));
  const lines = ["Service.Environment", "Service.ExecStart"] as const;
  const settings = lines.flatMap((setting) =>
    (unit?.settings.get(setting) ?? []).flatMap((line) => flagsIn(line, unit?.file ?? "")),
  );
  for (const file of flagFiles) {
    const text = await readText(files, file, maxFileSize);
    if (text.type === "barred") barred.push(text.why);
    if (text.type === "read") settings.push(...flagsIn(text.text, file));
  }
  return settings;
}

async function configFiles(
  flags: readonly Setting[],
  isRunning: boolean,
  files: NodeFiles,
  barred: string[],
): Promise<readonly Setting[]> {
  const named = flags.findLast(({ name }) => name === "config")?.value;
  const file = named ?? (isRunning ? undefined : usualConfig);
  const settings = file === undefined ? [] : [...(await configSettings(file, files, barred))];
  const directory = flags.findLast(({ name }) => name === "config-dir")?.value;
  const listing = directory === undefined ? undefined : await files.list(directory);
  if (listing?.type === "barred") barred.push(listing.why);
  const names = listing?.type === "listed" ? listing.names.filter((name) => name.endsWith(".conf")) : [];
  for (const name of names.slice(0, maxDropIns)) {
    settings.push(...(await configSettings(`${directory}/${name}`, files, barred)));
  }
  return settings;
}

/** The endpoints that a KubeletConfiguration has. */
async function configSettings(file: string, files: NodeFiles, barred: string[]): Promise<readonly Setting[]> {
  const text = await readText(files, file, maxFileSize);
  if (text.type === "barred") barred.push(text.why);
  if (text.type !== "read") return [];
  try {
    const scalars = await yamlScalars(text.text);
    const setting = (name: Setting["name"], key: string): readonly Setting[] => {
      const value = scalars.get(key) ?? "";
      return value === "" ? [] : [{ name, value, place: file }];
    };
    return [...setting("runtime", "containerRuntimeEndpoint"), ...setting("image", "imageServiceEndpoint")];
  } catch (caught) {
    barred.push(`${file}: ${CountersignError.from(caught).message}`);
    return [];
  }
}
