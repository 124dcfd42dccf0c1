import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { podKinds } from "@countersign/cluster/webhook/review/pod-spec";
import { policyKinds } from "@countersign/engine/cluster/parse-resource";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse, parseAllDocuments } from "yaml";
import { valueSpecs } from "./chart/chart-values.ts";
import { at } from "./chart/placeholder.ts";
import { renderTemplate } from "./chart/render.ts";

const root = join(import.meta.dirname, "../deploy");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const templates = readdirSync(join(root, "charts/countersign/templates"));
const defaults = parse(read("charts/countersign/values.yaml")) as Record<string, Record<string, unknown>>;

interface KubeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [member: string]: unknown;
}

const documents = (text: string): readonly KubeObject[] =>
  parseAllDocuments(text).flatMap((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS() ?? [];
  });

const rendered = (values: object = defaults, namespace = "countersign-system"): readonly KubeObject[] =>
  templates.flatMap((file) =>
    documents(
      renderTemplate(read(`charts/countersign/templates/${file}`), {
        Values: values,
        Release: { Namespace: namespace },
      }),
    ),
  );

const nameOf = ({ kind, metadata: { name, namespace = "" } }: KubeObject) => `${kind} ${namespace}/${name}`;
const byName = (objects: readonly KubeObject[]) =>
  new Map(objects.map((object) => [nameOf(object), object] as const));
const withWebhook = (change: object) => ({ ...defaults, webhook: { ...defaults["webhook"], ...change } });

describe("the chart", () => {
  it("with nothing chosen is what the plain manifests are", () => {
    const plain = documents(read("manifests/countersign.yaml")).filter(({ kind }) => kind !== "Namespace");
    assert.ok(plain.length > 20);
    assert.equal(byName(plain).size, plain.length, "two objects of one name");
    assert.deepEqual(byName(rendered()), byName(plain));
  });

  it("is installed into another namespace whole", () => {
    const texts = rendered(defaults, "elsewhere").map((object) => JSON.stringify(object));
    assert.deepEqual(
      texts.filter((text) => text.includes('"countersign-system"')),
      [],
    );
  });

  it("leaves the webhook out, with all that belongs to it", () => {
    const left = rendered(withWebhook({ enabled: false, pinTags: true })).map(nameOf);
    assert.deepEqual(
      left.filter((name) => /webhook|Mutating|Service \b/i.test(name)),
      [],
    );
  });

  it("pins tags only if it is told to", () => {
    const pinning = (values: object) =>
      rendered(values).filter(({ kind }) => kind.startsWith("Mutating")).length;
    assert.deepEqual([pinning(defaults), pinning(withWebhook({ pinTags: true }))], [0, 1]);
  });

  it("lets pull secrets be read in the namespaces that are named, and Secrets nowhere else but in its own", () => {
    const objects = rendered(withWebhook({ pullSecretNamespaces: ["shop", "blog"] }));
    const readers = objects.filter(
      ({ kind, ["rules"]: rules }) => /Role$/.test(kind) && /"secrets"/.test(JSON.stringify(rules)),
    );
    assert.deepEqual(readers.map(nameOf).sort(), [
      "Role blog/countersign-webhook-pull-secrets",
      "Role countersign-system/countersign-controller",
      "Role countersign-system/countersign-webhook",
      "Role shop/countersign-webhook-pull-secrets",
    ]);
  });

  it("passes flags on, and takes every choice from its values", () => {
    const values = {
      ...defaults,
      sync: { ...defaults["sync"], extraArgs: ["--adopt", "/etc/containers/policy.json"] },
    };
    const sync = rendered(values).find(({ kind }) => kind === "DaemonSet");
    assert.match(JSON.stringify(sync), /"127\.0\.0\.1:9466","--adopt","\/etc\/containers\/policy\.json"\]/);
    const text = templates.map((file) => read(`charts/countersign/templates/${file}`)).join("\n");
    const used = new Set([...text.matchAll(/\$\.Values\.([A-Za-z.]+)/g)].map(([, path = ""]) => path));
    assert.deepEqual([...used].sort(), valueSpecs.map(({ path }) => path).sort());
    for (const { path, value } of valueSpecs) assert.deepEqual(at(defaults, path), value);
  });

  it("has a schema that takes its own values and no other", () => {
    const validate = new Ajv2020({ strict: false }).compile(
      JSON.parse(read("charts/countersign/values.schema.json")),
    );
    assert.ok(validate(defaults));
    const wrong: readonly object[] = [
      { ...defaults, unmatched: "ignore" },
      { ...defaults, typo: 1 },
      withWebhook({ replicas: 0 }),
      withWebhook({ timeoutSeconds: 60 }),
      withWebhook({ pullSecretNamespaces: ["../a"] }),
      { ...defaults, sync: { ...defaults["sync"], policyDirectory: "relative" } },
    ];
    for (const values of wrong) assert.ok(!validate(values), JSON.stringify(values));
  });

  it("brings the definitions that are beside it", () => {
    for (const file of readdirSync(join(root, "crds")))
      assert.equal(read(`charts/countersign/crds/${file}`), read(`crds/${file}`));
  });
});

describe("what is installed", () => {
  const objects = documents(read("manifests/countersign.yaml"));
  const find = (kind: string, name = "countersign") => {
    const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
    assert.ok(found, `${kind} ${name}`);
    return found;
  };

  it("confines every container", () => {
    const pods = objects.flatMap((object) => at(object, "spec.template.spec") ?? []);
    assert.equal(pods.length, 3);
    for (const pod of pods) {
      assert.equal(at(pod, "securityContext.seccompProfile.type"), "RuntimeDefault");
      for (const name of ["hostNetwork", "hostPID", "hostIPC"]) assert.equal(at(pod, name), undefined);
      for (const container of at(pod, "containers") as readonly unknown[]) {
        assert.equal(at(container, "securityContext.readOnlyRootFilesystem"), true);
        assert.equal(at(container, "securityContext.allowPrivilegeEscalation"), false);
        assert.deepEqual(at(container, "securityContext.capabilities"), { drop: ["ALL"] });
        assert.ok(at(container, "resources.limits.memory"));
      }
    }
  });

  it("asks the webhook about every kind with pods that it knows, and about every kind of policy", () => {
    const webhooks = find("ValidatingWebhookConfiguration")["webhooks"] as readonly Record<string, unknown>[];
    const rules = webhooks.flatMap((one) => one["rules"] as readonly Record<string, readonly string[]>[]);
    const asked = new Set(
      rules.flatMap(({ apiGroups = [], resources = [] }) =>
        resources.map((resource) => `${apiGroups[0]}/${resource}`),
      ),
    );
    const plural = (kind: string) => `${kind.toLowerCase()}s`;
    for (const name of podKinds) {
      const [group, kind = ""] = name.split("/");
      assert.ok(asked.has(`${group}/${plural(kind)}`), name);
    }
    assert.ok(asked.has("/pods/ephemeralcontainers"));
    for (const name of policyKinds.keys()) {
      const [apiVersion = "", kind = ""] = name.split(" ");
      const [group] = apiVersion.split("/");
      if (group === "config.openshift.io") continue;
      assert.ok(asked.has(`${group}/${plural(kind).replace(/ys$/, "ies")}`), name);
    }
  });

  it("refuses pods while the webhook is away, and never what the webhook itself needs", () => {
    const webhooks = find("ValidatingWebhookConfiguration")["webhooks"] as readonly Record<string, unknown>[];
    const [workloads, policies] = webhooks;
    assert.equal(workloads?.["failurePolicy"], "Fail");
    assert.equal(policies?.["failurePolicy"], "Ignore");
    assert.deepEqual(at(workloads, "namespaceSelector.matchExpressions"), [
      { key: "policy.sigstore.dev/include", operator: "In", values: ["true"] },
      {
        key: "kubernetes.io/metadata.name",
        operator: "NotIn",
        values: ["kube-system", "countersign-system"],
      },
    ]);
  });

  it("opens no port of a program that serves none: a rule without ports opens all", () => {
    for (const { metadata, ...policy } of objects.filter(({ kind }) => kind === "NetworkPolicy")) {
      const { ingress } = policy["spec"] as {
        readonly ingress: readonly { readonly ports: readonly object[] }[];
      };
      for (const { ports } of ingress) assert.ok(ports.length > 0, metadata.name);
    }
  });

  it("has a node's token write reports of nodes, and no other Lease", () => {
    const { spec } = find("ValidatingAdmissionPolicyBinding", "countersign-node-reports") as unknown as {
      readonly spec: { readonly policyName: string; readonly validationActions: readonly string[] };
    };
    find("ValidatingAdmissionPolicy", spec.policyName);
    assert.deepEqual(spec.validationActions, ["Deny"]);
  });

  it("binds each role to the account of its program", () => {
    const bindings = objects.filter(({ kind }) => kind.endsWith("RoleBinding"));
    assert.ok(bindings.length >= 6);
    for (const binding of bindings) {
      const { name, kind } = binding["roleRef"] as { readonly name: string; readonly kind: string };
      const role = objects.find(
        (one) =>
          one.kind === kind &&
          one.metadata.name === name &&
          one.metadata.namespace === binding.metadata.namespace,
      );
      assert.ok(role, nameOf(binding));
      const [subject] = binding["subjects"] as [{ readonly name: string; readonly namespace: string }];
      assert.deepEqual([subject.name, subject.namespace], [name, "countersign-system"]);
      find("ServiceAccount", subject.name);
    }
  });
});

describe("renderTemplate refuses", () => {
  const refused: ReadonlyArray<readonly [why: string, text: string]> = [
    ["a value that is not there", "a: {{ toJson $.Values.absent }}"],
    ["another function", "a: {{ quote $.Values.image }}"],
    ["a path that a range would change", "a: {{ toJson .Values.image }}"],
    ["an end without a beginning", "{{- end }}"],
    ["a beginning without an end", "{{- if $.Values.image }}\na: 1"],
  ];
  for (const [why, text] of refused) {
    it(why, () => assert.throws(() => renderTemplate(text, { Values: defaults, Release: {} }), SyntaxError));
  }
});
