import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "@countersign/engine/values/digest";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { connectCri } from "@countersign/testkit/cri-client/cri-client";
import { startRegistry, type TestRegistryOptions } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { startRuntime, type TestRuntimeOptions } from "@countersign/testkit/runtime/runtime";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { type GatewayConfig, parseGatewayConfig } from "../config.ts";
import { startGateway } from "../start-gateway.ts";

const kit = createSigningKit();
const key = kit.key("release");
const pulls = /PullImage$/;

export interface CreatedContainer {
  readonly image: string;
  readonly name: string;
  readonly volumes?: readonly Omit<CreatedContainer, "volumes">[];
}

export interface NodeOptions {
  readonly access?: TestRegistryOptions["access"];
  readonly resolve?: TestRuntimeOptions["resolve"];
  /** instead of one that wants a signature for everything below `signed/` */
  readonly policy?: string;
  readonly config?: Partial<GatewayConfig>;
  /** more of registries.conf, given the registry's address */
  readonly registriesConf?: (address: string) => string;
  /** the CA that the system trusts, PEM */
  readonly authority?: string;
}

/** A whole node in this process: registry, runtime, the gateway in front of it, and a kubelet's client. */
export async function openNode(options: NodeOptions = {}) {
  const parts = new AsyncDisposableStack();
  const root = parts.use(temporaryRoot());
  const registry = parts.use(
    await startRegistry(options.access === undefined ? {} : { access: options.access }),
  );
  const { address } = registry;
  if (options.authority !== undefined) root.write("etc/ssl/certs/ca-certificates.crt", options.authority);
  const socket = join(root.path, "runtime.sock");
  const resolve = options.resolve === undefined ? {} : { resolve: options.resolve };
  const runtime = parts.use(await startRuntime({ socket, ...resolve }));

  const strict = JSON.stringify({
    default: [{ type: "insecureAcceptAnything" }],
    transports: {
      docker: {
        [`${address}/signed`]: [
          { type: "sigstoreSigned", keyData: Buffer.from(key.publicKeyPem).toString("base64") },
        ],
      },
    },
  });
  const listen = join(root.path, "cri.sock");
  const config: GatewayConfig = {
    ...parseGatewayConfig([
      ...["--listen", `unix://${listen}`, "--runtime-endpoint", `unix://${socket}`],
      ...["--signature-policy", root.write("policy.json", options.policy ?? strict)],
      ...["--signature-policy-dir", join(root.path, "policies")],
      ...[
        "--registries-conf",
        root.write(
          "registries.conf",
          `${options.registriesConf?.(address) ?? ""}\n[[registry]]\nlocation = "${address}"\ninsecure = true\n`,
        ),
      ],
      ...["--registries-d", join(root.path, "registries.d")],
      ...["--evidence-dir", join(root.path, "evidence")],
      ...["--trust-dir", join(root.path, "trust")],
    ]),
    ...options.config,
  };
  root.write("registries.d/attachments.yaml", "default-docker:\n  use-sigstore-attachments: true\n");
  const log: string[] = [];
  const gateway = await startGateway(config, {
    environment: root.environment,
    processor: process.arch,
    log: jsonLog("info", { write: (line: string) => void log.push(line) }),
  });
  parts.defer(() => gateway.drain());
  const kubelet = parts.use(connectCri(listen));

  const reference = (name: string) => `${address}/${name}`;
  return {
    ...{ registry, runtime, gateway, kubelet, strict, log, reference, listen },
    platform: { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch },
    /** Publishes an image that differs from every other by its name. */
    publish(name: string, content = name) {
      return registry.image(name, { platform: this.platform, files: { content } });
    },
    sign(name: string, digest: Digest) {
      const [repository = ""] = name.split(":");
      registry.attachSignatures(repository, digest, [kit.sign(key, { digest, reference: reference(name) })]);
    },
    publishSigned(name: string) {
      const image = this.publish(name);
      this.sign(name, image.digest);
      return image;
    },
    pull: (name: string, namespace = "default") =>
      kubelet.pullImage({ image: { image: reference(name) }, sandboxConfig: { metadata: { namespace } } }),
    /** A sandbox of its own for a pod. */
    async runPod(namespace = "default"): Promise<string> {
      const metadata = { name: "pod", uid: `${namespace}-pod`, namespace };
      return (await kubelet.runPodSandbox({ config: { metadata } })).podSandboxId;
    },
    /** Creates a container as a kubelet does: what the runtime calls the image, and what the pod calls it. */
    async create(podSandboxId: string, { image, name, volumes = [] }: CreatedContainer): Promise<string> {
      const mounts = volumes.map((volume) => ({
        containerPath: "/data",
        image: { image: volume.image, userSpecifiedImage: volume.name },
      }));
      const { containerId } = await kubelet.createContainer({
        podSandboxId,
        config: { metadata: { name: "main" }, image: { image, userSpecifiedImage: name }, mounts },
      });
      return containerId;
    },
    /** what containers have in them, in the order in which they were made */
    contentsOfContainers: () => [...runtime.pods.containers.values()].map(({ contents }) => contents),
    evidence: config.evidenceDir,
    /** Writes a namespace's policy as a controller does; `""` names the global one. */
    async writePolicy(namespace: string, text: string) {
      const file = namespace === "" ? config.signaturePolicy : join(root.path, `policies/${namespace}.json`);
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    },
    pullsAtRuntime: () => runtime.calls.filter(({ path }) => pulls.test(path)),
    auditLines: () => log.map((line) => JSON.parse(line)).filter((line) => line.audit === "PullImage"),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export const configDigestOf = (image: { readonly bytes: Uint8Array }): string =>
  JSON.parse(new TextDecoder().decode(image.bytes)).config.digest;
