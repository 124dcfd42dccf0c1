import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../peers/free-port.ts";
import { openRoom, type Room, waitUntilListening } from "../peers/room.ts";
import { makeScratch } from "../peers/scratch.ts";
import { binary } from "./binaries.ts";

/** etcd and an API server on it, on loopback ports. */
export interface ApiServerProcess {
  /** Everybody's way to the API server, with every right. */
  readonly kubeconfig: string;
  /** The way of somebody else, for an API server that asks what they may, or tells its webhooks who they are. */
  kubeconfigOf(account: Account): string;
  /** files: the certificate that the server shows, and the key that tokens are signed with */
  readonly authority: string;
  readonly tokenKey: string;
  /** etcd's own address, `http://127.0.0.1:2379` */
  readonly etcd: string;
  /** Starts another program beside them, which ends with them. */
  serve(program: readonly [string, ...string[]], port?: number): Promise<Room>;
  close(): Promise<void>;
}

/** Countersign's service accounts, and the kubelet of the node `localhost`. */
export type Account = "countersign-controller" | "countersign-sync" | "kubelet";

const accounts: readonly Account[] = ["countersign-controller", "countersign-sync", "kubelet"];

/** @param flags more of kube-apiserver's; without an authorization mode among them everybody may do everything */
export async function startApiServer(flags: readonly string[] = []): Promise<ApiServerProcess> {
  const running = new AsyncDisposableStack();
  await using failing = new AsyncDisposableStack();
  failing.use(running);
  const scratch = await makeScratch("control-plane");
  running.defer(() => scratch.remove());
  const inScratch = (name: string) => join(scratch.path, name);

  async function serve(program: readonly [string, ...string[]], port?: number): Promise<Room> {
    const scratchOfOne = await makeScratch("room");
    running.defer(() => scratchOfOne.remove());
    const room = await openRoom({ program, suite: "machine", directory: scratchOfOne.path });
    running.defer(() => room.close());
    await room.start();
    if (port !== undefined) await waitUntilListening(room, { host: "127.0.0.1", port });
    return room;
  }

  const etcd = await freePort();
  await serve([binary("etcd"), ...etcdFlags(inScratch("etcd"), etcd, await freePort())], etcd);

  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(inScratch("tokens.pub"), publicKey.export({ type: "spki", format: "pem" }));
  await writeFile(inScratch("tokens.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  const tokens = new Map(["admin", ...accounts].map((name) => [name, randomBytes(16).toString("hex")]));
  await writeFile(inScratch("users.csv"), [...tokens].map(userLine).join(""));
  const api = await freePort();
  await serve(
    [
      binary("kube-apiserver"),
      ...[`--etcd-servers=http://127.0.0.1:${etcd}`, `--cert-dir=${inScratch("certificates")}`],
      ...["--bind-address=127.0.0.1", `--secure-port=${api}`],
      // Nothing in a pod asks it, so that its address among the services need not be right.
      ...["--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none"],
      "--service-cluster-ip-range=198.51.100.0/24",
      ...flags,
      `--token-auth-file=${inScratch("users.csv")}`,
      ...(flags.some((flag) => flag.startsWith(authorization)) ? [] : [`${authorization}=AlwaysAllow`]),
      "--kubelet-preferred-address-types=Hostname",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${inScratch("tokens.pub")}`,
      `--service-account-signing-key-file=${inScratch("tokens.key")}`,
    ],
    api,
  );
  const authority = join(inScratch("certificates"), "apiserver.crt");
  const kubeconfigOf = (name: string) => inScratch(`kubeconfig-${name}`);
  for (const [name, token] of tokens) {
    const access = accessTo(`https://127.0.0.1:${api}`, authority, token);
    await writeFile(kubeconfigOf(name), JSON.stringify(access));
  }

  failing.move();
  return {
    ...{ kubeconfig: kubeconfigOf("admin"), kubeconfigOf, authority, serve },
    tokenKey: inScratch("tokens.key"),
    etcd: `http://127.0.0.1:${etcd}`,
    close: () => running.disposeAsync(),
  };
}

const authorization = "--authorization-mode";

/** Source: kubernetes.io/docs/reference/access-authn-authz/authentication, Static token file. */
function userLine([name, token]: readonly [name: string, token: string]): string {
  if (name === "admin") return `${token},admin,admin,system:masters\n`;
  if (name === "kubelet") return `${token},system:node:localhost,${name},system:nodes\n`;
  const user = `system:serviceaccount:countersign-system:${name}`;
  return `${token},${user},${name},"system:serviceaccounts,system:serviceaccounts:countersign-system"\n`;
}

/** What it holds is thrown away at the end: it need not reach the disk. */
function etcdFlags(directory: string, client: number, peer: number): readonly string[] {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    ...[`--data-dir=${directory}`, "--unsafe-no-fsync", "--log-level=warn"],
    ...[`--listen-client-urls=${clientUrl}`, `--advertise-client-urls=${clientUrl}`],
    ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
    `--initial-cluster=default=${peerUrl}`,
  ];
}

function accessTo(server: string, authority: string, token: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "local", cluster: { server, "certificate-authority": authority } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "local", context: { cluster: "local", user: "admin" } }],
    "current-context": "local",
  };
}
