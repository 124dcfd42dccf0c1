import { join } from "node:path";
import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { attachmentScopes } from "@countersign/engine/cluster/compose-registries-d";
import { faultOfSize } from "@countersign/engine/policy/policy-size";
import { CountersignError } from "@countersign/engine/values/error";
import { printKnownNamespaces } from "@countersign/sources/known-namespaces/known-namespaces";
import { parsePolicy } from "@countersign/sources/policy-languages/read-policy";
import { attachmentsFile } from "./attachments-file.ts";
import { namespaceFiles, refuseAll } from "./namespace-files.ts";
import type { NamedFile, SyncTarget } from "./sync-target.ts";

/** Where the gateway looks for its policies. */
export interface GatewayPaths {
  /** `--signature-policy` */
  readonly policy: string;
  /** `--signature-policy-dir` */
  readonly directory: string;
  /** `--known-namespaces`: which namespaces the cluster's policies are known for */
  readonly namespaces: string;
  /** registries.d(5): requirements of scopes look for signatures as CRI-O does */
  readonly registriesD: string;
}

/** Files for the gateway: policies with the extension, which the gateway notices by itself. */
export function gatewayTarget(paths: GatewayPaths): SyncTarget {
  const compose = async (base: string, rules: readonly string[]): Promise<string> => {
    const policy = composeGatewayPolicy(base, rules);
    const fault = faultOfSize(policy);
    if (fault !== undefined) throw new CountersignError("POLICY_INVALID", fault);
    await parsePolicy(Buffer.from(policy), "what the cluster says");
    return policy;
  };
  const composeNamespaces = namespaceFiles((base, rules, own) => compose(base, [...rules, ...own]));
  return {
    async files(set, generation) {
      const shared = new Map([[paths.policy, await compose(set.base, set.rules)]]);
      const namespaces = new Map<string, NamedFile>();
      const scopes = new Map<string, readonly string[]>();
      const refused = new Map<string, string>();
      for (const [name, { own, outcome }] of await composeNamespaces(set)) {
        const path = join(paths.directory, `${name}.json`);
        if (outcome instanceof CountersignError) {
          refused.set(name, outcome.message);
          namespaces.set(name, { path, content: refuseAll });
        } else {
          namespaces.set(name, { path, content: outcome });
          scopes.set(name, attachmentScopes(own));
        }
      }
      const looked = { all: attachmentScopes(set.rules), namespaces: scopes };
      const attachments = await attachmentsFile(paths.registriesD, looked);
      for (const [name, why] of attachments.leftOut) {
        refused.set(name, why);
        namespaces.set(name, { path: join(paths.directory, `${name}.json`), content: refuseAll });
      }
      if ([looked.all, ...scopes.values()].flat().length > 0) shared.set(attachments.path, attachments.text);
      const known = new Set(set.namespaces.keys());
      const said = printKnownNamespaces({ generation, namespaces: known });
      return {
        ...{ shared, namespaces },
        ruledIn: { directory: paths.directory, namespaces: known },
        last: new Map([[paths.namespaces, said]]),
        refused,
        withoutRoom: new Set(attachments.leftOut.keys()),
        elsewhere: attachments.elsewhere,
      };
    },
  };
}
