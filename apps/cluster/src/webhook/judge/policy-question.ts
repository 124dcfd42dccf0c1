import type { Policy } from "@countersign/engine/policy/policy";
import type { AdmissionRequest } from "../review/admission-request.ts";

/** Which object is to be admitted, as far as policies can tell objects apart. */
export interface ObjectInQuestion {
  readonly namespace: string;
  readonly resource: AdmissionRequest["resource"];
  /** the object's own, not those of its pods */
  readonly labels: ReadonlyMap<string, string>;
}

/** The policies in force. */
export interface PoliciesInForce {
  /**
   * What holds for the images of an object.
   * @throws CountersignError POLICIES_UNKNOWN as long as not all policies are known
   */
  policyFor(object: ObjectInQuestion): Promise<Policy>;
}
