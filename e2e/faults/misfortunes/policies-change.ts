import { setTimeout as delay } from "node:timers/promises";
import { noExcuses } from "../questions/excuses.ts";
import { global, namespaces, usualPolicies } from "../world/policy-history.ts";
import type { PolicyKind } from "../world/policy-kinds.ts";
import type { Misfortune } from "./misfortune.ts";

const kinds = [
  "signed by release",
  "signed by intruder",
  "all signed",
  "accept anything",
  "reject everything",
  "broken",
  "absent",
] as const satisfies readonly PolicyKind[];

/** Files are replaced while they are being asked for, quickly and by every kind of policy. Each counts from the next call on. */
export const policiesChange: Misfortune = {
  name: "policies-change",
  touches: ["policies"],
  plan(draw) {
    const changes = Array.from({ length: 2 + draw.below(12) }, () => ({
      place: draw.one([global, ...namespaces] as const),
      kind: draw.one(kinds),
      isOverwritten: draw.chance(0.2),
      pause: draw.one([0, 1, 10, 80, 250]),
    }));
    return {
      what: `${changes.length} policies are replaced`,
      excuses: noExcuses,
      lasts: draw.one([0, 300]),
      async begin({ policies }) {
        for (const { place, kind, isOverwritten, pause } of changes) {
          if (isOverwritten && kind !== "absent") await policies.overwrite(place, kind);
          else await policies.set(place, kind);
          await delay(pause);
        }
        return async () => {
          for (const place of [global, ...namespaces] as const)
            await policies.set(place, usualPolicies[place]);
        };
      },
    };
  },
};

/** As when a volume is unmounted: that there are no files must not lift every namespace's policy. */
export const policyDirectoryGone: Misfortune = {
  name: "policy-directory-gone",
  touches: ["policies"],
  plan(draw) {
    return {
      what: "the directory of policies goes away",
      excuses: noExcuses,
      lasts: draw.one([50, 400]),
      async begin({ policies }) {
        await policies.takeAway();
        return () => policies.bringBack();
      },
    };
  },
};
