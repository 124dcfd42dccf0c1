import type { Json } from "@countersign/engine/values/json";

/**
 * What an API server asks before it stores an object, as far as it matters here.
 * Source: k8s.io/api admission/v1, AdmissionRequest.
 */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  /** `""` for the object itself, `ephemeralcontainers` */
  readonly subResource: string;
  /** `""` for an object that the API server still has to name */
  readonly name: string;
  /** undefined for what belongs to the cluster */
  readonly namespace: string | undefined;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  /** of whoever asks, as the API server made sure of them */
  readonly userGroups: readonly string[];
  /** unread; undefined where something is deleted */
  readonly object: Json | undefined;
  readonly oldObject: Json | undefined;
}
