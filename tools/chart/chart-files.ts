import { stringify } from "yaml";
import { definitions } from "../crds/definitions.ts";
import { yamlFile } from "../yaml-file.ts";
import { access, pullSecretAccess } from "./access.ts";
import { mutating, serving, validating } from "./admission.ts";
import { defaultValues, valuesPage, valuesSchema, valuesText, writtenBy } from "./chart-values.ts";
import { controller } from "./controller.ts";
import { disruption } from "./deployments.ts";
import { podMonitor } from "./monitoring.ts";
import { nodeReportsOnly } from "./node-reports.ts";
import { at, chartFill, type Fill, isTruth, plainFill, templateText } from "./placeholder.ts";
import { refusalsTemplate } from "./refusals.ts";
import { sync } from "./sync.ts";
import { fairness, programTraffic, webhookTraffic } from "./traffic.ts";
import { webhook } from "./webhook.ts";

/** Objects that are there under the same condition. */
export interface Template {
  readonly file: string;
  /** paths of the installation's choices that must all be true */
  readonly conditions?: readonly string[];
  /** a path of a list: the objects are there for each of its members */
  readonly forEach?: string;
  readonly objects: readonly object[];
}

export function templates(fill: Fill): readonly Template[] {
  return [
    {
      file: "controller.yaml",
      objects: [...access(fill, "controller"), controller(fill), disruption(fill, "controller")],
    },
    { file: "sync.yaml", objects: [...access(fill, "sync"), ...nodeReportsOnly(fill), sync(fill)] },
    {
      file: "webhook.yaml",
      conditions: ["webhook.enabled"],
      objects: [
        ...access(fill, "webhook"),
        ...serving(fill),
        webhook(fill),
        disruption(fill, "webhook"),
        validating(fill),
      ],
    },
    { file: "pin-tags.yaml", conditions: ["webhook.enabled", "webhook.pinTags"], objects: [mutating(fill)] },
    {
      file: "pull-secrets.yaml",
      conditions: ["webhook.enabled"],
      forEach: "webhook.pullSecretNamespaces",
      objects: pullSecretAccess(fill),
    },
    {
      file: "network-policies.yaml",
      conditions: ["networkPolicy.enabled"],
      objects: programTraffic(fill),
    },
    {
      file: "webhook-network-policy.yaml",
      conditions: ["webhook.enabled", "networkPolicy.enabled"],
      objects: [webhookTraffic(fill)],
    },
    { file: "fairness.yaml", conditions: ["flowControl.enabled"], objects: fairness(fill) },
    { file: "pod-monitor.yaml", conditions: ["podMonitor.enabled"], objects: [podMonitor(fill)] },
  ];
}

export const systemNamespace = "countersign-system";

/** sync writes files of the node's, which a cluster that confines pods by default lets no other namespace do. */
const namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: systemNamespace, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
};

const chart = "deploy/charts/countersign";

/** Of plain manifests, which nobody asks for an image: those who apply them put in theirs. */
export const placeholderImage = "registry.example/countersign:0.1.0";

/** The chart, and the same as plain manifests with nothing chosen, by path. */
export function chartFiles(version: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  files.set(
    `${chart}/Chart.yaml`,
    stringify({
      apiVersion: "v2",
      name: "countersign",
      description: "No container image runs on a node unless the policy says whose signature it must carry.",
      type: "application",
      version,
      appVersion: version,
      kubeVersion: ">=1.30.0-0",
    }),
  );
  files.set(`${chart}/values.yaml`, valuesText());
  files.set("docs/reference/chart.md", valuesPage());
  files.set(`${chart}/values.schema.json`, `${JSON.stringify(valuesSchema(), undefined, 2)}\n`);
  for (const definition of definitions) {
    files.set(`${chart}/crds/${definition.metadata.name}.yaml`, yamlFile("tools/crds", [definition]));
  }
  for (const template of templates(chartFill))
    files.set(`${chart}/templates/${template.file}`, templateFile(template));
  files.set(`${chart}/templates/refusals.yaml`, refusalsTemplate(writtenBy));
  const values = { ...defaultValues(), image: placeholderImage };
  const isPresent = ({ conditions = [], forEach }: Template) =>
    [...conditions, ...(forEach === undefined ? [] : [forEach])].every((path) => isTruth(at(values, path)));
  const present = templates(plainFill(values, systemNamespace)).filter(isPresent);
  files.set(
    "deploy/manifests/countersign.yaml",
    yamlFile("tools/chart", [namespace, ...present.flatMap(({ objects }) => objects)]),
  );
  return files;
}

function templateFile({ conditions = [], forEach, objects }: Template): string {
  const [comment = "", ...lines] = templateText(yamlFile("tools/chart", objects)).split("\n");
  // what is repeated is separated from what was written before it
  const body = forEach === undefined ? lines : ["---", ...lines];
  const opened = [
    ...conditions.map((path) => `{{- if $.Values.${path} }}\n`),
    ...(forEach === undefined ? [] : [`{{- range $.Values.${forEach} }}\n`]),
  ];
  return `${comment}\n${opened.join("")}${body.join("\n")}${opened.map(() => "{{- end }}\n").join("")}`;
}
