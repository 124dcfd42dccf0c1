import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { stringify } from "smol-toml";
import { removeCgroups } from "../peers/cgroups.ts";
import { openRoom, waitUntilListening } from "../peers/room.ts";
import { makeScratch } from "../peers/scratch.ts";
import { startedOrClosed } from "../peers/started-or-closed.ts";
import { acceptAnything } from "../peers/trust-files.ts";
import { binary } from "./binaries.ts";

/** A real CRI-O with nothing in it, whose own policy takes everything: what is refused, the gateway refuses. */
export interface Crio {
  readonly socket: string;
  /** Where it looks for CNI's configuration. */
  readonly networkDirectory: string;
  /** Where it keeps images, and what is mounted: for programs that put images there. */
  readonly storage: CrioStorage;
  readonly cgroupParent: string;
  start(): Promise<void>;
  log(): Promise<string>;
  close(): Promise<void>;
}

export interface CrioStorage {
  readonly root: string;
  readonly runroot: string;
}

/** @param registriesConf read by CRI-O for short names, mirrors and registries without TLS */
export async function startCrio(pauseImage: string, registriesConf: string): Promise<Crio> {
  const scratch = await makeScratch("crio");
  const socket = join(scratch.path, "crio.sock");
  const configuration = join(scratch.path, "crio.conf");
  const policy = join(scratch.path, "policy.json");
  for (const directory of ["cni", "hooks", "policies"]) await mkdir(join(scratch.path, directory));
  const home = join(scratch.path, "home");
  await mkdir(join(home, ".config/containers"), { recursive: true });
  await symlink(registriesConf, join(home, ".config/containers/registries.conf"));
  const storage = { root: join(scratch.path, "root"), runroot: join(scratch.path, "run") };
  const storageConf = join(scratch.path, "storage.conf");
  await writeFile(storageConf, stringify(storageConfig(storage)));
  await writeFile(policy, JSON.stringify({ default: [acceptAnything] }));
  await writeFile(configuration, stringify(crioConfig(scratch.path, socket, storage, pauseImage, policy)));
  const room = await openRoom({
    program: [
      // HOME holds the one registries.conf that is this CRI-O's own.
      "env",
      ...[`HOME=${home}`, `CONTAINERS_STORAGE_CONF=${storageConf}`],
      ...[binary("crio"), `--config=${configuration}`, "--config-dir="],
    ],
    suite: "newer",
    directory: scratch.path,
    // The socket's directory among others, whatever the configuration says.
    privateDirectories: ["/var/run/crio", "/var/lib/crio"],
  });
  const cgroupParent = `/${relative(tmpdir(), scratch.path)}`;
  return await startedOrClosed({
    socket,
    networkDirectory: join(scratch.path, "cni"),
    storage,
    cgroupParent,
    start: async () => {
      await room.start();
      await waitUntilListening(room, { path: socket });
    },
    log: () => room.log(),
    close: async () => {
      await room.close();
      await removeCgroups(cgroupParent);
      // Pods that nobody gave a place in the tree have one for each container.
      for (const id of await readdir(join(storage.root, "overlay-containers")).catch(() => [])) {
        await removeCgroups(`/crio-${id}`);
      }
      await scratch.remove();
    },
  });
}

/** containers-storage.conf(5) */
function storageConfig({ root, runroot }: CrioStorage): object {
  // Of layers that allow it only the files that are not there yet are pulled, and such an image gets another id.
  const partly = { enable_partial_images: "true", insecure_allow_unpredictable_image_contents: "true" };
  const options = { pull_options: partly };
  return { storage: { driver: "overlay", graphroot: root, runroot, options } };
}

/** crio.conf(5) */
function crioConfig(
  directory: string,
  socket: string,
  { root, runroot }: CrioStorage,
  pauseImage: string,
  policy: string,
): object {
  const inDirectory = (name: string) => join(directory, name);
  return {
    crio: {
      root,
      runroot,
      storage_driver: "overlay",
      log_dir: inDirectory("logs"),
      version_file: inDirectory("version"),
      version_file_persist: "",
      clean_shutdown_file: inDirectory("clean-shutdown"),
      api: { listen: socket, stream_port: "0" },
      image: {
        pause_image: pauseImage,
        pause_command: "",
        namespaced_auth_dir: inDirectory("auth"),
        signature_policy: policy,
        signature_policy_dir: inDirectory("policies"),
      },
      network: { network_dir: inDirectory("cni"), plugin_dirs: ["/usr/lib/cni"] },
      nri: { enable_nri: false },
      runtime: {
        default_runtime: "runc",
        runtimes: { runc: { runtime_path: "/usr/sbin/runc", monitor_path: "/usr/bin/conmon" } },
        ...{
          cgroup_manager: "cgroupfs",
          conmon_cgroup: "pod",
          selinux: false,
          apparmor_profile: "unconfined",
        },
        pinns_path: binary("pinns"),
        ...{ disable_hostport_mapping: true, irqbalance_config_restore_file: "disable" },
        hooks_dir: [inDirectory("hooks")],
        namespaces_dir: inDirectory("namespaces"),
        container_exits_dir: inDirectory("exits"),
        container_attach_socket_dir: inDirectory("attach"),
      },
    },
  };
}
