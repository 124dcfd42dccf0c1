import type { AdmissionRequest } from "./admission-request.ts";
import { objectMember, textMember, textsMember } from "./json-members.ts";

/** Source: k8s.io/kubernetes pkg/apis/core/types.go, MirrorPodAnnotationKey. */
const annotation = "kubernetes.io/config.mirror";
/** Source: k8s.io/apiserver pkg/authentication/user, NodesGroup. */
const nodes = "system:nodes";

/**
 * Whether a kubelet tells of a static pod by this. The node has decided about that pod: refusing what tells of it would
 * only hide it from `kubectl get pods`. Anybody can write the annotation, so that it counts from nodes alone; and a
 * kubelet removes a mirror pod that is of no static pod of its own.
 * @throws CountersignError REVIEW_INVALID
 */
export function isMirrorPod(request: AdmissionRequest): boolean {
  const { kind, operation, subResource, object, userGroups } = request;
  // kubelets make mirror pods and never change them
  if (operation !== "CREATE") return false;
  if (kind.group !== "" || kind.kind !== "Pod" || subResource !== "" || !userGroups.includes(nodes))
    return false;
  const annotations = textsMember(
    objectMember(object, "metadata", "object"),
    "annotations",
    "object.metadata",
  );
  return (
    textMember(objectMember(object, "spec", "object"), "nodeName", "object.spec") !== "" &&
    (annotations.get(annotation) ?? "") !== ""
  );
}
