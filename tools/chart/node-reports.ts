import type { Fill } from "./placeholder.ts";
import { labelsOf } from "./pods.ts";

const name = "countersign-node-reports";
const nodeName = "'authentication.kubernetes.io/node-name'";
/** The API server says so of a pod's token from 1.32 on, and of none that another issuer made. */
const isUnknown = `!has(request.userInfo.extra) || !(${nodeName} in request.userInfo.extra)`;
const node = `request.userInfo.extra[${nodeName}][0]`;
const reports = ["countersign-gateway-", "countersign-crio-"];
const either = (condition: (report: string) => string) => reports.map(condition).join(" || ");
/** With its target before it a longer name is cut, and its hash put behind it. */
const longestPlain = 253 - "countersign-gateway-".length;

/**
 * What a node's token can write of Leases: that node's own reports, and no others. RBAC cannot tell one Lease that is made from
 * another, and among them is the one by which controllers lead: whoever held it would have nothing published any more.
 */
export function nodeReportsOnly(fill: Fill): readonly object[] {
  return [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name, labels: labelsOf("sync") },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ["coordination.k8s.io"],
              apiVersions: ["*"],
              operations: ["CREATE", "UPDATE"],
              resources: ["leases"],
            },
          ],
        },
        matchConditions: [
          {
            name: "of-sync",
            expression:
              "request.userInfo.username == 'system:serviceaccount:' + request.namespace + ':countersign-sync'",
          },
        ],
        validations: [
          {
            expression: either((report) => `object.metadata.name.startsWith('${report}')`),
            message: "countersign sync writes reports of nodes, and no other Lease",
          },
          {
            expression: `${isUnknown} || (object.spec.holderIdentity == ${node} && (size(${node}) > ${longestPlain} || ${either((report) => `object.metadata.name == '${report}' + ${node}`)}))`,
            message: "a node reports of itself alone",
          },
        ],
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name, labels: labelsOf("sync") },
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        matchResources: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": fill.namespace } },
        },
      },
    },
  ];
}
