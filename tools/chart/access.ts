import { type Grant, grants, type Program } from "./grants.ts";
import type { Fill } from "./placeholder.ts";
import { labelsOf } from "./pods.ts";

const rbac = "rbac.authorization.k8s.io";

/** A program's service account and what it may do. */
export function access(fill: Fill, program: Program): readonly object[] {
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: `countersign-${program}`, namespace: fill.namespace, labels: labelsOf(program) },
  };
  return [
    account,
    ...roleOf(fill, program, "cluster", undefined),
    ...roleOf(fill, program, "system", fill.namespace),
    ...roleOf(fill, program, "kube-system", "kube-system"),
  ];
}

/** What the webhook may do in one namespace whose pull secrets it may read. */
export function pullSecretAccess(fill: Fill): readonly object[] {
  return roleOf(fill, "webhook", "pull-secrets", fill.item);
}

function roleOf(
  fill: Fill,
  program: Program,
  where: Grant["where"],
  namespace: string | undefined,
): readonly object[] {
  const rules = grants[program]
    .filter((grant) => grant.where === where)
    .map(({ where: _where, ...rule }) => rule);
  if (rules.length === 0) return [];
  const kind = namespace === undefined ? "ClusterRole" : "Role";
  const suffix = where === "pull-secrets" ? "-pull-secrets" : "";
  const name = `countersign-${program}${suffix}`;
  const metadata = { name, ...(namespace !== undefined && { namespace }), labels: labelsOf(program) };
  return [
    { apiVersion: `${rbac}/v1`, kind, metadata, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: rbac, kind, name },
      subjects: [{ kind: "ServiceAccount", name: `countersign-${program}`, namespace: fill.namespace }],
    },
  ];
}
