import { join } from "node:path";
import type { CrioPolicy } from "@countersign/engine/cluster/compose-crio-policy";
import { composeCrioForAll } from "@countersign/engine/cluster/crio-for-all";
import { composeCrioNamespace } from "@countersign/engine/cluster/crio-namespace";
import { CountersignError } from "@countersign/engine/values/error";
import { attachmentsFile } from "./attachments-file.ts";
import { namespaceFiles, refuseAll } from "./namespace-files.ts";
import type { NamedFile, SyncTarget } from "./sync-target.ts";

/** Where CRI-O looks for its policies. */
export interface CrioPaths {
  /** `signature_policy` */
  readonly policy: string;
  /** `signature_policy_dir` */
  readonly directory: string;
  /** registries.d(5) */
  readonly registriesD: string;
}

/**
 * Files for CRI-O's own check: strict containers-policy.json(5). Only namespaces with policies of their own have a file, the
 * others go by the global one. CRI-O reads policies and registries.d at each pull and creation, so that nothing has to be told.
 * Source: cri-o server/image_pull.go, server/container_create.go.
 */
export function crioTarget(paths: CrioPaths): SyncTarget {
  let all: CrioPolicy | undefined;
  const composeNamespaces = namespaceFiles(
    async (base, rules, own): Promise<CrioPolicy> =>
      composeCrioNamespace(all ?? composeCrioForAll(base, rules), base, rules, own),
  );
  return {
    async files(set) {
      all = composeCrioForAll(set.base, set.rules);
      const scopes = new Map<string, readonly string[]>();
      const namespaces = new Map<string, NamedFile>();
      const refused = new Map<string, string>();
      for (const [name, { outcome }] of await composeNamespaces(set)) {
        const path = join(paths.directory, `${name}.json`);
        if (outcome instanceof CountersignError) {
          refused.set(name, outcome.message);
          namespaces.set(name, { path, content: refuseAll });
          continue;
        }
        namespaces.set(name, { path, content: outcome.text });
        scopes.set(name, outcome.scopes);
      }
      const looked = { all: all.scopes, namespaces: scopes };
      const { path, text, elsewhere, leftOut } = await attachmentsFile(paths.registriesD, looked);
      for (const [name, why] of leftOut) {
        refused.set(name, why);
        namespaces.set(name, { path: join(paths.directory, `${name}.json`), content: refuseAll });
      }
      // where signatures are looked for has to be known before a policy asks for them
      const shared = new Map([
        [path, text],
        [paths.policy, all.text],
      ]);
      const ruledIn = { directory: paths.directory, namespaces: new Set(set.namespaces.keys()) };
      const withoutRoom = new Set(leftOut.keys());
      return { shared, namespaces, ruledIn, last: new Map(), refused, withoutRoom, elsewhere };
    },
  };
}
