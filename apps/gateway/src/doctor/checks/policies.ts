import type { PolicyFileState } from "../facts/policy-files.ts";
import { couldNotLook, type Observation, ok, problem, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** How many files of one kind of fault are told one by one. */
const maxTold = 20;

/** Whether the policies parse, their keys can be read, and nobody else can write them. */
export function checkPolicies({
  policies,
  isLive,
}: Pick<NodeFacts, "policies" | "isLive">): readonly Observation[] {
  const { global, namespaced, directory, neverRead } = policies;
  const observations: Observation[] = [];
  if (global.reading.type === "missing") {
    observations.push(
      problem(
        `There is no ${global.file}.`,
        "Without a policy every image is refused.",
        "write one; docs/guide/gateway.md begins with it",
      ),
    );
  }
  if (directory?.listing === "barred") {
    observations.push(
      couldNotLook(`${directory.path} cannot be listed.`, "How the policies of namespaces are is not known."),
    );
  }
  if (directory?.listing === "missing" && isLive) {
    observations.push(
      problem(
        `There is no ${directory.path}, the directory of namespaces' policies.`,
        "While it is away, every pull for a pod is refused: what it would forbid is not known.",
        "make it, or mount it",
      ),
    );
  }
  const all = [global, ...namespaced];
  observations.push(...limited(all.flatMap(fileObservations), "faults of policies"));
  observations.push(...limited(neverRead.map(notANamespace), "files"));
  const hints = all.reduce((sum, { reading }) => sum + (reading.type === "valid" ? reading.warnings : 0), 0);
  if (hints > 0) {
    observations.push(
      warning(
        `The policies hold ${hints} ${hints === 1 ? "thing" : "things"} that are valid and hardly meant.`,
        "A scope that never matches, for one, protects nothing.",
        `countersign lint ${[global.file, directory?.path].filter(Boolean).join(" ")}`,
      ),
    );
  }
  if (observations.length > 0) return observations;
  const count = namespaced.length === 1 ? "one namespace's" : `${namespaced.length} namespaces'`;
  return [ok(`${global.file} and ${count} policies parse, and their keys can be read.`)];
}

function fileObservations({ file, reading, writableByAll }: PolicyFileState): readonly Observation[] {
  const observations = writableByAll.map((path) =>
    problem(`Everybody on the node may write ${path}.`, "They decide what may run.", `chmod o-w ${path}`),
  );
  switch (reading.type) {
    case "missing":
      return observations;
    case "barred":
      return [...observations, couldNotLook(`${reading.why}.`, `Whether ${file} is a policy is not known.`)];
    case "invalid":
      return [
        ...observations,
        problem(
          `${file} is not a valid policy: ${reading.first}${reading.faults > 1 ? `, and ${reading.faults - 1} more` : ""}.`,
          "Every image that it would be asked about is refused.",
          `countersign lint ${file}`,
        ),
      ];
    case "valid":
      return [
        ...observations,
        ...reading.trustFaults.map((fault) =>
          problem(
            `${file}: ${fault}.`,
            "Images that need it are refused, or will be.",
            `countersign lint ${file}`,
          ),
        ),
        ...reading.trustBarred.map((why) =>
          couldNotLook(`${why}.`, `Whether ${file} can use it is not known.`),
        ),
      ];
  }
}

function notANamespace(file: string): Observation {
  return warning(
    `${file} is never read: no namespace has that name.`,
    "The global policy holds where it was to.",
    "call it NAMESPACE.json, the namespace as kubectl get namespaces shows it",
  );
}

function limited(observations: readonly Observation[], what: string): readonly Observation[] {
  const left = observations.length - maxTold;
  if (left <= 0) return observations;
  const say = observations.every(({ status }) => status === "warning") ? warning : problem;
  const rest = say(
    `${left} more ${what} like these are not listed.`,
    "They count all the same.",
    "countersign lint lists all",
  );
  return [...observations.slice(0, maxTold), rest];
}
