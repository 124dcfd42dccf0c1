import { quote } from "../values/go-format.ts";
import type { Reader } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { readText } from "../values/strict-value.ts";
import { givenOf, oneOf, withOnlyOne } from "./spec-readers.ts";

/** A policy in a language of its own over an attestation's statement, and where its text is. */
export interface StatementPolicySpec {
  /** CEL is this project's addition: for CUE and Rego there is no engine here */
  readonly language: "cue" | "rego" | "cel";
  readonly source: PolicyTextSource;
}

export type PolicyTextSource =
  | { readonly type: "inline"; readonly text: string }
  /** in the controller's own namespace, whatever the resource says */
  | {
      readonly type: "configMap";
      readonly name: string;
      readonly key: string;
      readonly saidNamespace: string;
    }
  | { readonly type: "remote"; readonly url: string; readonly sha256: string };

const configMapRef = recordOf({ name: readText, key: readText }, { namespace: readText });
const remoteRef = recordOf({ url: readText, sha256sum: readText }, {});

/** The members by which every policy says its text. */
export const policyTextMembers = {
  data: readText,
  configMapRef,
  remote: remoteRef,
};

const readMembers = recordOf({ type: oneOf("cue", "rego", "cel") }, policyTextMembers);

/** Source: clusterimagepolicy_validation.go, Policy.Validate. */
export const readStatementPolicySpec: Reader<StatementPolicySpec> = withPolicyText((json, path, report) => {
  const fields = readMembers(json, path, report);
  const source = fields && readPolicyText(fields, path, report);
  return fields && source && { language: fields.type, source };
});

interface PolicyText {
  readonly data?: string;
  readonly configMapRef?: { readonly name: string; readonly key: string; readonly namespace?: string };
  readonly remote?: { readonly url: string; readonly sha256sum: string };
}

/** The reader of an object that says its text in one of the three ways. */
export function withPolicyText<T>(reader: Reader<T>): Reader<T> {
  return withOnlyOne(["data", "configMapRef", "remote"], reader);
}

/** Which of the three ways to say a policy's text was used. */
export function readPolicyText(
  fields: PolicyText,
  path: string,
  report: (path: string, message: string) => void,
): PolicyTextSource | undefined {
  const { data, configMapRef: configMap, remote } = fields;
  switch (givenOf({ data: data || undefined, configMapRef: configMap, remote })) {
    case "data":
      return { type: "inline", text: data ?? "" };
    case "configMapRef": {
      if (configMap === undefined) return undefined;
      const { name, key, namespace: saidNamespace = "" } = configMap;
      return { type: "configMap", name, key, saidNamespace };
    }
    case "remote":
      return remote && readRemote(remote, `${path}.remote`, report);
    default:
      return undefined;
  }
}

function readRemote(
  { url, sha256sum }: { readonly url: string; readonly sha256sum: string },
  path: string,
  report: (path: string, message: string) => void,
): PolicyTextSource | undefined {
  const isUsable = URL.parse(url)?.protocol === "https:";
  if (!isUsable) report(`${path}.url`, `${quote(url)}: an https URL is expected`);
  const isHash = /^[0-9a-f]{64}$/.test(sha256sum);
  if (!isHash) report(`${path}.sha256sum`, "the SHA-256 of the text is expected, in 64 hexadecimal digits");
  return isUsable && isHash ? { type: "remote", url, sha256: sha256sum } : undefined;
}
