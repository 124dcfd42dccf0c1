import { stringify } from "yaml";
import { definitions } from "../crds/definitions.ts";
import { yamlFile } from "../yaml-file.ts";
import { access, pullSecretAccess } from "./access.ts";
import { mutating, serving, validating } from "./admission.ts";
import { valueSpecs } from "./chart-values.ts";
import { nodeReportsOnly } from "./node-reports.ts";
import { chartFill, type Fill, plainFill, templateText } from "./placeholder.ts";
import { controller, disruption, sync, webhook } from "./programs.ts";
import { controllerTraffic, fairness, syncTraffic, webhookTraffic } from "./traffic.ts";

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
      objects: [
        ...access(fill, "controller"),
        controller(fill),
        disruption(fill, "controller"),
        controllerTraffic(fill),
      ],
    },
    {
      file: "sync.yaml",
      objects: [...access(fill, "sync"), ...nodeReportsOnly(fill), sync(fill), syncTraffic(fill)],
    },
    {
      file: "webhook.yaml",
      conditions: ["webhook.enabled"],
      objects: [
        ...access(fill, "webhook"),
        ...serving(fill),
        webhook(fill),
        disruption(fill, "webhook"),
        webhookTraffic(fill),
        validating(fill),
      ],
    },
    { file: "pin-tags.yaml", conditions: ["webhook.enabled", "webhook.pinTags"], objects: [mutating(fill)] },
    { file: "pull-secrets.yaml", forEach: "webhook.pullSecretNamespaces", objects: pullSecretAccess(fill) },
    { file: "fairness.yaml", objects: fairness(fill) },
  ];
}

export const systemNamespace = "countersign-system";

/** What everything is unless an installation says otherwise. */
export function defaultValues(): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const { path, value } of valueSpecs) {
    const [first = "", second] = path.split(".");
    values[first] = second === undefined ? value : { ...(values[first] as object), [second]: value };
  }
  return values;
}

const chart = "deploy/charts/countersign";

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
  files.set(`${chart}/values.schema.json`, `${JSON.stringify(valuesSchema(), undefined, 2)}\n`);
  for (const definition of definitions) {
    files.set(`${chart}/crds/${definition.metadata.name}.yaml`, yamlFile("tools/crds", [definition]));
  }
  for (const template of templates(chartFill))
    files.set(`${chart}/templates/${template.file}`, templateFile(template));
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: systemNamespace } };
  const values = defaultValues();
  const present = templates(plainFill(values, systemNamespace)).filter(
    ({ file }) => file !== "pin-tags.yaml" && file !== "pull-secrets.yaml",
  );
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

function valuesText(): string {
  const lines = ["# Written by tools/generate.ts from tools/chart: change that.", ""];
  let section = "";
  for (const { path, description, value } of valueSpecs) {
    const [first = "", second] = path.split(".");
    const indent = second === undefined ? "" : "  ";
    if (second !== undefined && first !== section) lines.push(`${first}:`);
    section = second === undefined ? "" : first;
    lines.push(`${indent}# ${description}`, `${indent}${second ?? first}: ${JSON.stringify(value)}`);
  }
  return `${lines.join("\n")}\n`;
}

interface SectionSchema {
  readonly type: "object";
  readonly additionalProperties: false;
  readonly properties: Readonly<Record<string, unknown>>;
}

function valuesSchema(): object {
  const properties: Record<string, unknown> = {
    global: { type: "object", description: "Helm's own; not looked at" },
  };
  for (const { path, description, schema } of valueSpecs) {
    const [first = "", second] = path.split(".");
    const described = { ...schema, description };
    const section = properties[first] as SectionSchema | undefined;
    properties[first] =
      second === undefined
        ? described
        : ({
            type: "object",
            additionalProperties: false,
            properties: { ...section?.properties, [second]: described },
          } satisfies SectionSchema);
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
    properties,
  };
}
