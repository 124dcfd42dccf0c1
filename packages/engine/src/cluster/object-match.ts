import type { Reader } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { listOf, mapOf, readText } from "../values/strict-value.ts";
import type { LabelExpression, LabelSelector, ObjectMatch } from "./policy-resource.ts";
import { oneOf } from "./spec-readers.ts";

const readExpression: Reader<LabelExpression> = (json, path, report) => {
  const fields = recordOf(
    { key: readText, operator: oneOf("In", "NotIn", "Exists", "DoesNotExist") },
    { values: listOf(readText) },
  )(json, path, report);
  if (fields === undefined) return undefined;
  const { key, operator, values = [] } = fields;
  const isAboutValues = operator === "In" || operator === "NotIn";
  if (isAboutValues === values.length > 0) return { key, operator, values };
  report(`${path}.values`, isAboutValues ? `${operator} needs values` : `${operator} has no values`);
  return undefined;
};

export const readLabelSelector: Reader<LabelSelector> = (json, path, report) => {
  const fields = recordOf(
    {},
    { matchLabels: mapOf(String, readText), matchExpressions: listOf(readExpression) },
  )(json, path, report);
  if (fields === undefined) return undefined;
  const { matchLabels = new Map<string, string>(), matchExpressions = [] } = fields;
  return { matchLabels, matchExpressions };
};

/** Source: clusterimagepolicy_validation.go, MatchResource.Validate. */
export const readObjectMatch: Reader<ObjectMatch> = (json, path, report) => {
  const fields = recordOf(
    {},
    { group: readText, version: readText, resource: readText, selector: readLabelSelector },
  )(json, path, report);
  if (fields === undefined) return undefined;
  const { group = "", version = "", resource = "", selector } = fields;
  if (resource !== "" && !resources.has(resource)) {
    report(`${path}.resource`, `one of ${[...resources].join(", ")} is expected`);
    return undefined;
  }
  if (selector === undefined || group + version + resource !== "")
    return { group, version, resource, selector };
  report(`${path}.selector`, "a selector needs a resource, a version or a group beside it");
  return undefined;
};

/** What has pods in it, or is one. */
const resources: ReadonlySet<string> = new Set([
  "pods",
  "replicasets",
  "deployments",
  "statefulsets",
  "daemonsets",
  "jobs",
  "cronjobs",
]);

/** Source: k8s.io/apimachinery/pkg/apis/meta/v1, LabelSelectorAsSelector. */
export function selectsLabels(
  { matchLabels, matchExpressions }: LabelSelector,
  labels: ReadonlyMap<string, string>,
): boolean {
  const areEqual = [...matchLabels].every(([key, value]) => labels.get(key) === value);
  return areEqual && matchExpressions.every((expression) => holds(expression, labels));
}

function holds({ key, operator, values }: LabelExpression, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}
