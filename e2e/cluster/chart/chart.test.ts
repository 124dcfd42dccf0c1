import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { apiServerOverHttp, type OpenApiServer } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { parseAllDocuments } from "yaml";
import { placeholderImage } from "../../../tools/chart/chart-files.ts";
import { renderTemplate } from "../../../tools/chart/render.ts";
import {
  type Choice,
  choices,
  refusedByTemplates,
  refusedChoices,
  someImage,
  valuesWith,
} from "../../../tools/testing/chart-choices.ts";
import { makeScratch, type Scratch } from "../../peers/scratch.ts";
import { establishPolicies, untilReady } from "../api-server/client.ts";
import { type ApiServerProcess, startApiServer } from "../api-server-process.ts";
import { chart, helmLint, helmTemplate, type RenderedObject } from "../helm.ts";
import { type Kubectl, kubectlFor } from "../kubectl.ts";

const system = "countersign-system";
const manifests = resolve(import.meta.dirname, "../../../deploy/manifests/countersign.yaml");

const nameOf = ({ kind, metadata: { name, namespace = "" } }: RenderedObject) =>
  `${kind} ${namespace}/${name}`;
const byName = (objects: readonly RenderedObject[]) => {
  const map = new Map(objects.map((object) => [nameOf(object), object] as const));
  assert.equal(map.size, objects.length, "two objects of one name");
  return map;
};
const documents = (text: string) =>
  parseAllDocuments(text).flatMap((one) => (one.toJS() as RenderedObject) ?? []);

/** By our own few forms of templates, which `npm test` goes by. */
async function withoutHelm({ values, namespace = system }: Choice): Promise<readonly RenderedObject[]> {
  const objects: RenderedObject[] = [];
  for (const file of readdirSync(join(chart, "templates"))) {
    const text = await readFile(join(chart, "templates", file), "utf8");
    const root = { Values: valuesWith(values), Release: { Namespace: namespace } };
    objects.push(...documents(renderTemplate(text, root)));
  }
  return objects;
}

/** Where the Prometheus Operator is not. */
const podMonitors = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "podmonitors.monitoring.coreos.com" },
  spec: {
    group: "monitoring.coreos.com",
    scope: "Namespaced",
    names: { plural: "podmonitors", singular: "podmonitor", kind: "PodMonitor", listKind: "PodMonitorList" },
    versions: [
      {
        ...{ name: "v1", served: true, storage: true },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

/** Helm renders, a real API server takes. Nothing is run: there is neither scheduler nor kubelet. */
describe("the chart as Helm renders it", () => {
  let scratch: Scratch;
  let process: ApiServerProcess;
  let server: OpenApiServer;
  let kubectl: Kubectl;

  before(async () => {
    scratch = await makeScratch("chart");
    process = await startApiServer();
    server = apiServerOverHttp(await kubeconfigAccess(process.kubeconfig, { now: Date.now }));
    await untilReady(server);
    await establishPolicies(server);
    kubectl = kubectlFor(process.kubeconfig);
    await kubectl("apply", "-f", await file("pod-monitors.json", podMonitors));
    await kubectl("wait", "--for=condition=Established", "crd/podmonitors.monitoring.coreos.com");
    const named = choices.map(({ namespace }) => namespace ?? system);
    for (const namespace of new Set([...named, "shop"])) await kubectl("create", "namespace", namespace);
  });
  after(async () => {
    await server?.close();
    await process?.close();
    await scratch.remove();
  });

  async function file(name: string, content: object): Promise<string> {
    const path = join(scratch.path, name);
    await writeFile(path, JSON.stringify(content));
    return path;
  }

  const helm = async ({ values, namespace = system, release = "countersign" }: Choice) =>
    helmTemplate(release, namespace, await file("values.json", { ...someImage, ...values }));

  it("has nothing that Helm's own linter minds", async () => void (await helmLint()));

  it("with nothing chosen is what the plain manifests are", async () => {
    const text = (await readFile(manifests, "utf8")).replaceAll(placeholderImage, someImage.image);
    const plain = documents(text).filter(({ kind }) => kind !== "Namespace");
    assert.ok(plain.length > 20);
    assert.deepEqual(byName(await helm({ what: "nothing", values: {} })), byName(plain));
  });

  for (const choice of choices) {
    it(`is with ${choice.what} what npm test takes it for`, async () =>
      assert.deepEqual(byName(await helm(choice)), byName(await withoutHelm(choice))));

    it(`is taken with ${choice.what} by an API server, which knows every field and has every default`, async () => {
      const objects = await helm(choice);
      const list = await file("objects.json", { apiVersion: "v1", kind: "List", items: objects });
      for (const how of [[], ["--server-side"]]) {
        const taken = await kubectl("apply", "--dry-run=server", "--validate=strict", ...how, "-f", list);
        assert.equal(taken.match(/\(server dry run\)/g)?.length, objects.length, taken);
      }
    });
  }

  for (const [why, values, path] of refusedChoices) {
    it(`is refused with ${why}, and Helm says where`, async () => {
      const said = await helm({ what: why, values: values as Choice["values"] }).then(
        () => "",
        (error: Error) => error.message,
      );
      assert.ok(said.includes(`at '${path}'`), said);
    });
  }

  for (const [why, values, says] of refusedByTemplates) {
    it(`is refused with ${why}, and Helm says what to give`, async () =>
      assert.rejects(helm({ what: why, values: values as Choice["values"] }), says));
  }

  it("is installed, and upgraded to what else is chosen, without taking from programs what they wrote", async () => {
    const apply = async (choice: Choice) => {
      const items = await helm(choice);
      const list = await file("objects.json", { apiVersion: "v1", kind: "List", items });
      await kubectl("apply", "--server-side", "--field-manager=helm", "-f", list);
    };
    await apply({ what: "nothing", values: {} });
    const bundle = Buffer.from("a CA").toString("base64");
    const written = [{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value: bundle }];
    const kept = ["validatingwebhookconfiguration", "countersign"];
    await kubectl("patch", ...kept, "--type=json", `--patch=${JSON.stringify(written)}`);
    const secret = ["secret", "countersign-webhook-tls", `--namespace=${system}`];
    await kubectl("patch", ...secret, '--patch={"stringData":{"tls.crt":"one"}}');
    await apply({ what: "pins", values: { webhook: { pinTags: true, timeoutSeconds: 9 } } });
    const shown = async (of: readonly string[], path: string) => kubectl("get", ...of, `-o=jsonpath=${path}`);
    assert.equal(await shown(kept, "{.webhooks[0].timeoutSeconds}"), "9");
    assert.equal(await shown(kept, "{.webhooks[0].clientConfig.caBundle}"), bundle);
    assert.equal(await shown(secret, "{.data.tls\\.crt}"), Buffer.from("one").toString("base64"));
    assert.equal(
      await shown(["mutatingwebhookconfiguration", "countersign"], "{.kind}"),
      "MutatingWebhookConfiguration",
    );
  });
});
