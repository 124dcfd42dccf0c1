import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { podKinds } from "@countersign/cluster/webhook/review/pod-spec";
import { policyKinds } from "@countersign/engine/cluster/parse-resource";
import { Ajv } from "ajv";
import { parse, parseAllDocuments } from "yaml";
import { placeholderImage } from "./chart/chart-files.ts";
import { valueSpecs } from "./chart/chart-values.ts";
import { at } from "./chart/placeholder.ts";
import { RefusedValues, renderTemplate } from "./chart/render.ts";
import {
  choices,
  refusedByTemplates,
  refusedChoices,
  someImage,
  valuesWith,
} from "./testing/chart-choices.ts";

const root = join(import.meta.dirname, "../deploy");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const templates = readdirSync(join(root, "charts/countersign/templates"));
const ownValues = parse(read("charts/countersign/values.yaml")) as Record<string, Record<string, unknown>>;
const defaults = { ...ownValues, ...someImage };

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
const withWebhook = (webhook: object) => valuesWith({ webhook });

const schema = JSON.parse(read("charts/countersign/values.schema.json")) as Record<string, unknown>;
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

describe("the chart", () => {
  it("with nothing chosen is what the plain manifests are", () => {
    const manifests = read("manifests/countersign.yaml").replaceAll(placeholderImage, someImage.image);
    const plain = documents(manifests).filter(({ kind }) => kind !== "Namespace");
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
    const chosen = { enabled: false, pinTags: true, pullSecretNamespaces: ["shop"] };
    const left = rendered(withWebhook(chosen)).map(nameOf);
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
    const values = valuesWith({ sync: { extraArgs: ["--adopt", "/etc/containers/policy.json"] } });
    const sync = rendered(values).find(({ kind }) => kind === "DaemonSet");
    assert.match(JSON.stringify(sync), /":9466","--adopt","\/etc\/containers\/policy\.json"\]/);
    const text = templates.map((file) => read(`charts/countersign/templates/${file}`)).join("\n");
    const used = new Set([...text.matchAll(/\$\.Values\.([A-Za-z.]+)/g)].map(([, path = ""]) => path));
    assert.deepEqual([...used].sort(), valueSpecs.map(({ path }) => path).sort());
    for (const { path, value } of valueSpecs) assert.deepEqual(at(ownValues, path), value);
  });

  for (const [why, values, says] of refusedByTemplates) {
    it(`is refused with ${why}, in words that say what to give`, () => {
      assert.ok(validate(valuesWith(values)), "the schema says it first, in other words");
      assert.throws(
        () => rendered(valuesWith(values)),
        (error) => error instanceof RefusedValues && says.test(error.message),
      );
    });
  }

  it("is refused as it comes, for there is no image that everybody has", () =>
    assert.throws(() => rendered(ownValues), RefusedValues));

  it("has a schema that takes its own values and no other", () => {
    for (const { values } of choices) assert.ok(validate(valuesWith(values)), JSON.stringify(values));
    for (const [why, values, path] of refusedChoices) {
      assert.ok(!validate(valuesWith(values)), why);
      const paths = validate.errors?.map(({ instancePath }) => instancePath) ?? [];
      assert.ok(paths.includes(path), `${why}: ${paths.join(", ")}`);
    }
  });

  it("has a schema that every Helm 3 can read, and a choice of each value in the tests", () => {
    assert.equal(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    for (const { path, value } of valueSpecs) {
      const differs = choices.some(
        ({ values }) => JSON.stringify(at(valuesWith(values), path)) !== JSON.stringify(value),
      );
      assert.ok(differs, path);
    }
  });

  it("has the webhook listen where it is told to, and everybody who calls it know", () => {
    const objects = rendered(withWebhook({ port: 10250 }));
    const find = (kind: string) =>
      objects.find((object) => object.kind === kind && object.metadata.name === "countersign-webhook");
    const [container] = at(find("Deployment"), "spec.template.spec.containers") as readonly [
      { readonly args: readonly string[]; readonly ports: readonly object[] },
    ];
    assert.equal(container.args[container.args.indexOf("--listen") + 1], ":10250");
    assert.deepEqual(container.ports[0], { name: "https", containerPort: 10250 });
    for (const probe of ["livenessProbe", "readinessProbe"]) {
      assert.equal(at(container, `${probe}.httpGet.port`), "https");
    }
    const [port] = at(find("Service"), "spec.ports") as readonly object[];
    assert.deepEqual([at(port, "port"), at(port, "targetPort")], [443, "https"]);
    const [ingress] = at(find("NetworkPolicy"), "spec.ingress") as readonly object[];
    assert.deepEqual(at(ingress, "ports"), [
      { port: 10250, protocol: "TCP" },
      { port: 9466, protocol: "TCP" },
    ]);
    assert.doesNotMatch(JSON.stringify(objects), /8443/);
  });

  it("brings the definitions that are beside it", () => {
    for (const file of readdirSync(join(root, "crds")))
      assert.equal(read(`charts/countersign/crds/${file}`), read(`crds/${file}`));
  });
});

describe("whatever is chosen", () => {
  const podsOf = (objects: readonly KubeObject[]) =>
    objects.flatMap((object) => at(object, "spec.template.spec") ?? []) as readonly object[];

  for (const { what, values, namespace } of choices) {
    describe(what, () => {
      const objects = rendered(valuesWith(values), namespace);

      it("names no object twice, and each in the cluster, a namespace that was named, or its own", () => {
        assert.equal(byName(objects).size, objects.length);
        const places = new Set(objects.map((object) => object.metadata.namespace));
        const named = [namespace ?? "countersign-system", "kube-system", undefined];
        const read = at(values, "webhook.pullSecretNamespaces") as readonly string[] | undefined;
        for (const place of places) assert.ok([...named, ...(read ?? [])].includes(place), String(place));
      });

      it("confines every container", () => {
        for (const pod of podsOf(objects)) assertConfined(pod);
      });

      it("mounts what is a volume, and has no other", () => {
        for (const pod of podsOf(objects)) {
          const volumes = namesIn(at(pod, "volumes"));
          const mounts = (at(pod, "containers") as readonly object[]).flatMap((one) =>
            namesIn(at(one, "volumeMounts")),
          );
          assert.deepEqual(mounts.sort(), volumes.sort());
        }
      });
    });
  }
});

const namesIn = (list: unknown) =>
  ((list ?? []) as readonly { readonly name: string }[]).map(({ name }) => name);

/** But for the network of the webhook's node, which is asked for. */
function assertConfined(pod: object): void {
  assert.equal(at(pod, "securityContext.seccompProfile.type"), "RuntimeDefault");
  for (const name of ["hostPID", "hostIPC"]) assert.equal(at(pod, name), undefined);
  for (const container of at(pod, "containers") as readonly unknown[]) {
    assert.equal(at(container, "securityContext.readOnlyRootFilesystem"), true);
    assert.equal(at(container, "securityContext.allowPrivilegeEscalation"), false);
    assert.deepEqual(at(container, "securityContext.capabilities"), { drop: ["ALL"] });
  }
}

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
      assertConfined(pod as object);
      assert.equal(at(pod, "hostNetwork"), undefined);
      for (const container of at(pod, "containers") as readonly unknown[])
        assert.ok(at(container, "resources.limits.memory"));
    }
  });

  it("lets nothing of the node be mounted but by sync, which has the files of policies alone", () => {
    const paths = objects.flatMap((object) =>
      ((at(object, "spec.template.spec.volumes") ?? []) as readonly object[]).flatMap(
        (volume) => at(volume, "hostPath.path") ?? [],
      ),
    );
    assert.deepEqual(paths, ["/etc/containers", "/etc/countersign/policies", "/var/lib/countersign/sync"]);
  });

  it("lets no traffic in but for metrics and reviews", () => {
    const policies = objects.filter(({ kind }) => kind === "NetworkPolicy");
    const ports = policies.map((policy) => [
      policy.metadata.name,
      (at(policy, "spec.ingress") as readonly object[]).map((rule) =>
        (at(rule, "ports") as readonly { readonly port: number }[]).map(({ port }) => port),
      ),
    ]);
    assert.deepEqual(Object.fromEntries(ports), {
      "countersign-controller": [[9466]],
      "countersign-sync": [[9466]],
      "countersign-webhook": [[8443, 9466]],
    });
  });

  it("lets a node be drained that has the only replica", () => {
    for (const budget of objects.filter(({ kind }) => kind === "PodDisruptionBudget"))
      assert.deepEqual([at(budget, "spec.maxUnavailable"), at(budget, "spec.minAvailable")], [1, undefined]);
  });

  it("upgrades no further nodes while those before are without their policies", () => {
    const [container] = at(
      find("DaemonSet", "countersign-sync"),
      "spec.template.spec.containers",
    ) as readonly [object];
    assert.deepEqual(at(container, "readinessProbe.httpGet"), {
      path: "/readyz",
      port: 9466,
      scheme: "HTTP",
    });
    assert.ok((at(container, "args") as readonly string[]).includes(":9466"));
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
    ["a condition on something else than a choice", "{{- if .Capabilities }}\na: 1\n{{- end }}"],
  ];
  for (const [why, text] of refused) {
    it(why, () => assert.throws(() => renderTemplate(text, { Values: defaults, Release: {} }), SyntaxError));
  }
});
