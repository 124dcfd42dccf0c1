import { join } from "node:path";
import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import type { PolicySet } from "@countersign/engine/cluster/publication";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import type { SyncTarget } from "./sync-target.ts";

/** Where the gateway looks for its policies. */
export interface GatewayPaths {
  /** `--signature-policy` */
  readonly policy: string;
  /** `--signature-policy-dir` */
  readonly directory: string;
  /** which namespaces the cluster's policies are known for */
  readonly namespaces: string;
}

/** Files for the gateway: policies with the extension, which the gateway notices by itself. */
export function gatewayTarget(paths: GatewayPaths): SyncTarget {
  return {
    files(set) {
      const files = new Map<string, string>();
      const add = (path: string, rules: readonly string[]) => {
        const policy = composeGatewayPolicy(set.base, rules);
        parsePolicy(Buffer.from(policy), path);
        files.set(path, policy);
      };
      add(paths.policy, set.rules);
      for (const [name, own] of set.namespaces) {
        if (own.length > 0) add(join(paths.directory, `${name}.json`), [...set.rules, ...own]);
      }
      files.set(paths.namespaces, printNamespaces(set));
      return files;
    },
    async changed() {},
  };
}

function printNamespaces({ namespaces }: PolicySet): string {
  return `${JSON.stringify({ namespaces: [...namespaces.keys()].sort() })}\n`;
}
