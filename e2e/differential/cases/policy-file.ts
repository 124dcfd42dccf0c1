import type { Site } from "../case.ts";
import { storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** Files that hold no policy because they are no files. */
const files: Readonly<Record<string, (site: Site) => string>> = {
  "a file that is missing": (site) => site.absent("none.json"),
  "a directory": (site) => site.directory("policy.d"),
  "a path through a file": (site) => `${site.file("a", "")}/policy.json`,
  "a name too long": () => `/tmp/${"n".repeat(300)}`,
  "a relative path": () => "no/such/policy.json",
  "a device that is empty": () => "/dev/null",
};

export const policyFileRows: Rows = rowsOf(Object.entries(files), (file) => (site) => {
  storeImage(site);
  return { image: `${site.name}:v1`, policy: "", policyFile: file(site) };
});
