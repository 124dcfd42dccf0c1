import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { readPublicRoot } from "@countersign/cli/commands/public-root";
import { sourcesConfig } from "@countersign/cli/commands/sources-config";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { userEnvironment } from "@countersign/sources/environment";
import { openSources } from "@countersign/sources/open-sources";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { parseAllDocuments } from "yaml";
import { at } from "./chart/placeholder.ts";
import { renderTemplate } from "./chart/render.ts";
import { valuesWith } from "./testing/chart-choices.ts";

const { signal } = new AbortController();
const template = resolve(import.meta.dirname, "../deploy/charts/countersign/templates/webhook.yaml");

const named = {
  publicTrustedRoot: "public-root",
  webhook: { credentials: "login", authorities: "cas", registriesConf: "mirrors", registriesD: "signatures" },
};

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

function webhookPod() {
  const root = { Values: valuesWith(named), Release: { Namespace: "countersign-system" } };
  const objects = parseAllDocuments(renderTemplate(readFileSync(template, "utf8"), root)).map((one) =>
    one.toJS(),
  );
  const pod = at(
    objects.find(({ kind }) => kind === "Deployment"),
    "spec.template.spec",
  );
  const [container] = at(pod, "containers") as readonly [Container];
  return { container, volumes: at(pod, "volumes") as readonly object[] };
}

/** As a kubelet lays out a ConfigMap or a Secret: files are links, by way of a link that is replaced when they change. */
function lay(root: TemporaryRoot, mountPath: string, files: Readonly<Record<string, string>>): void {
  const directory = join(root.path, mountPath);
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    root.write(join(mountPath, "..2026_11_30", name), content);
    symlinkSync(join("..data", name), join(directory, name));
  }
  symlinkSync("..2026_11_30", join(directory, "..data"));
}

describe("what the chart mounts for the webhook", () => {
  it("is what it reads: mirrors, CAs, credentials, where signatures are, and the public root", async () => {
    using root = temporaryRoot();
    const authority = await tlsAuthority();
    const { certificate: cert, key } = await authority.server();
    const access = { type: "basic", users: { u: "p" } } as const;
    await using registry = await startRegistry({ tls: { cert, key }, access });
    const { digest } = registry.image("team/app:v1");
    // as `kubectl create secret docker-registry` writes it
    const login = { username: "u", password: "p", email: "", auth: "dTpw" };
    const contents: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      login: { ".dockerconfigjson": JSON.stringify({ auths: { [registry.address]: login } }) },
      cas: { "company.crt": authority.certificate },
      mirrors: {
        "registries.conf": `[[registry]]\nprefix = "shop.example"\nlocation = "${registry.address}"\n`,
      },
      signatures: { "default.yaml": "default-docker:\n  use-sigstore-attachments: true\n" },
      "public-root": { "trusted_root.json": Buffer.from(createPocketSigstore().trustedRoot).toString() },
    };

    const { container, volumes } = webhookPod();
    let laid = 0;
    for (const { name, mountPath } of container.volumeMounts) {
      const volume = volumes.find((one) => at(one, "name") === name);
      const from = at(volume, "configMap.name") ?? at(volume, "secret.secretName");
      const files = contents[String(from)];
      if (files === undefined) continue;
      lay(root, mountPath, files);
      laid++;
    }
    assert.equal(laid, Object.keys(contents).length);

    const here = (path: string) => join(root.path, path);
    const flag = (name: string) => here(container.args[container.args.indexOf(name) + 1] ?? "");
    const variables = container.env.map(({ name, value }) => [name, here(value)] as const);
    const environment = {
      ...userEnvironment(Object.fromEntries(variables), { home: root.path, uid: 65532 }),
      systemRoot: root.path,
    };
    const flags = {
      registriesConf: flag("--registries-conf"),
      registriesD: flag("--registries-d"),
      authfile: flag("--authfile"),
      shortNames: "docker.io",
    } as const;
    const sources = openSources(await sourcesConfig(flags, environment));
    try {
      const image = parseDockerImage("shop.example/team/app:v1");
      const { physical } = await sources.imageSources().open(image, signal);
      assert.equal(physical, `${registry.address}/team/app:v1`);
      const places = await sources.signaturePlaces(image, digest, false, physical);
      assert.equal(places.find(({ kind }) => kind === "attachments")?.searched, true);
    } finally {
      await sources.close();
    }
    assert.equal((await readPublicRoot(flag("--public-trusted-root"))).type, "found");
  });
});
