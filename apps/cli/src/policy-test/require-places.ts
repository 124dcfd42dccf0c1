import { CountersignError } from "@countersign/engine/values/error";
import { kindOf } from "../commands/named-paths.ts";
import type { TestTable } from "./test-table.ts";

/**
 * Refuses tables whose policies are not there: each of their rows would say so, and none what to do.
 * @throws CountersignError CONFIG_INVALID naming table and key
 */
export async function requireTablePolicies(
  tables: readonly TestTable[],
  files: readonly string[],
  flags: { readonly signaturePolicy?: string | undefined; readonly signaturePolicyDir?: string | undefined },
): Promise<void> {
  const faults: string[] = [];
  for (const [at, { policy, policies }] of tables.entries()) {
    const tell = (key: string, path: string, why: string) =>
      faults.push(`${files[at]}: ${key}: ${path}: ${why}`);
    if (policy !== undefined && flags.signaturePolicy === undefined) {
      const kind = await kindOf(policy);
      if (kind === "missing") tell("policy", policy, `no such file; ${fromTable}, or say --signature-policy`);
      if (kind === "directory") tell("policy", policy, "is a directory; name a file in it, or say policies");
    }
    if (policies !== undefined && flags.signaturePolicyDir === undefined) {
      const kind = await kindOf(policies);
      const otherwise = `${fromTable}, or say --signature-policy-dir`;
      if (kind === "missing") tell("policies", policies, `no such directory; ${otherwise}`);
      if (kind === "file") tell("policies", policies, `not a directory; ${otherwise}`);
    }
  }
  if (faults.length > 0) throw new CountersignError("CONFIG_INVALID", faults.join("\n"));
}

const fromTable = "paths start at the table's directory";
