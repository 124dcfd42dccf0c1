import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { thisPlatform } from "../../peers/images.ts";
import { newerProgram, run, staticBusybox } from "../../peers/programs.ts";
import { makeScratch } from "../../peers/scratch.ts";

/** An image that critest asks for by its public name, and what it has to be. */
export interface StandIn {
  readonly name: string;
  readonly user?: string;
  readonly command?: readonly string[];
  /** Those of one content have one id. */
  readonly content?: string;
}

const staging = "gcr.io/k8s-staging-cri-tools";
const kubernetes = "registry.k8s.io/e2e-test-images";
const serve = (port: number) => ["busybox", "httpd", "-f", "-p", `${port}`, "-h", "/www"];

/**
 * The images of critest's own tests, from cri-tools images/ and pkg/validate/consts.go. One is missing: it is named by
 * the digest of bytes that only its publisher has.
 */
export const standIns: readonly StandIn[] = [
  { name: `${staging}/test-image-latest:latest` },
  ...["test", "all"].map((tag) => ({ name: `${staging}/test-image-tag:${tag}` })),
  ...[1, 2, 3].map((number) => ({ name: `${staging}/test-image-${number}:latest` })),
  ...[1, 2, 3].map((tag) => ({ name: `${staging}/test-image-tags:${tag}`, content: "tags" })),
  { name: `${staging}/test-image-user-uid:latest`, user: "1002" },
  { name: `${staging}/test-image-user-username:latest`, user: "www-data" },
  { name: `${staging}/test-image-user-uid-group:latest`, user: "1003:users" },
  { name: `${staging}/test-image-user-username-group:latest`, user: "www-data:100" },
  { name: `${staging}/test-image-predefined-group:latest`, user: "1000" },
  { name: `${staging}/hostnet-nginx-${thisPlatform.architecture}:latest`, command: serve(12003) },
  { name: `${kubernetes}/busybox:1.29-2`, command: ["sh"] },
  { name: `${kubernetes}/nginx:1.14-2`, command: serve(80) },
  { name: `${kubernetes}/httpd:2.4.39-4`, command: serve(80) },
  { name: "registry.k8s.io/pause:3.9", content: "pause" },
  { name: "k8s.gcr.io/pause:3.9", content: "pause" },
];

/** The registries whose names they have. */
export const publicRegistries: readonly string[] = [
  ...new Set(standIns.map(({ name }) => name.slice(0, name.indexOf("/")))),
];

/** Where a registry on this machine has what is known by that name. */
export function localName(host: string, name: string): string {
  return name.replace(/^[^/]+/, host);
}

/** Pushes all of them: a busybox with its applets, and the users that tests ask for. */
export async function pushStandIns(host: string): Promise<void> {
  const scratch = await makeScratch("stand-ins");
  try {
    const layer = await makeLayer(scratch.path);
    const base = `${host}/base:latest`;
    const crane = (...args: readonly string[]) => run(newerProgram("crane"), args);
    await crane("append", "--oci-empty-base", "--new_layer", layer, "--new_tag", base);
    for (const { name, user = "", command = ["sleep", "infinity"], content = name } of standIns) {
      await crane(
        ...["mutate", base, "--tag", localName(host, name), "--env", `CONTENT=${content}`],
        ...["--set-platform", `${thisPlatform.os}/${thisPlatform.architecture}`],
        ...["--env", "PATH=/bin", "--user", user, "--cmd", command.join(",")],
      );
    }
  } finally {
    await scratch.remove();
  }
}

async function makeLayer(directory: string): Promise<string> {
  const root = join(directory, "layer");
  for (const name of ["bin", "etc", "home", "root", "tmp", "usr", "var", "www"]) {
    await mkdir(join(root, name), { recursive: true });
  }
  await chmod(join(root, "tmp"), 0o1777);
  await copyFile(staticBusybox, join(root, "bin/busybox"));
  await chmod(join(root, "bin/busybox"), 0o755);
  const applets = (await run(staticBusybox, ["--list"])).split("\n");
  for (const applet of applets) {
    if (applet !== "" && applet !== "busybox") await symlink("busybox", join(root, "bin", applet));
  }
  await writeFile(join(root, "www/index.html"), "<title>Welcome to nginx!</title>\n");
  await writeFile(join(root, "etc/passwd"), passwords);
  await writeFile(join(root, "etc/group"), groups);
  const layer = join(directory, "layer.tar");
  await run("tar", ["--create", "--owner=0", "--group=0", "--directory", root, "--file", layer, "."]);
  return layer;
}

const passwords = `root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
default-user:x:1000:1000:default-user:/home:/bin/sh
`;

const groups = `root:x:0:
www-data:x:33:
users:x:100:
default-user:x:1000:
group-defined-in-image:x:50000:default-user
nogroup:x:65534:
`;
