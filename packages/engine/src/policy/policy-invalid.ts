import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import type { TextPlace } from "../values/json-source.ts";

/** What is wrong in a policy file, and where. */
export interface PolicyFault {
  /** `transports.docker["x"][0].keyPath`; `""` is the file itself, also when it is not JSON */
  readonly path: string;
  readonly place: TextPlace;
  readonly message: string;
  /** what to do, where the message does not say it; absent for most */
  readonly remedy?: string;
}

/**
 * A policy that does not parse. Its message is that of containers/image, which does not say where the fault is; the fault
 * itself does.
 */
export class PolicyInvalid extends CountersignError {
  readonly fault: PolicyFault;

  /** @param origin the file's name */
  constructor(origin: string, fault: PolicyFault) {
    super("POLICY_INVALID", `invalid policy in ${quote(origin)}: ${fault.message}`);
    this.fault = fault;
  }
}

/** Where in its file a policy's fault is, `default[0].keyPath, line 3, column 14`; undefined for any other error. */
export function placeOfFault(caught: unknown): string | undefined {
  if (!(caught instanceof PolicyInvalid)) return undefined;
  const { path, place } = caught.fault;
  return `${path === "" ? "" : `${path}, `}line ${place.line}, column ${place.column}`;
}

/** What to do about a policy's fault, where more is known than its message says; undefined for any other error. */
export function remedyOfFault(caught: unknown): string | undefined {
  return caught instanceof PolicyInvalid ? caught.fault.remedy : undefined;
}

/** The same error with a policy's fault's place in its message: who reads a pod's event has no file at hand. */
export function withPlace(error: CountersignError): CountersignError {
  const place = placeOfFault(error);
  if (place === undefined) return error;
  const message = `${error.message} (${place}; ${remedyOfFault(error) ?? "countersign lint lists every fault"})`;
  return new CountersignError(error.code, message, { cause: error });
}
