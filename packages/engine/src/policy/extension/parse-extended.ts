import type { Json, JsonMember } from "../../values/strict-json.ts";
import { memberPath, type Reader, type Report } from "../../values/strict-object.ts";
import { exactly, filledListOf, objectAs, oneOf } from "../../values/strict-value.ts";
import { leafRequirements } from "../leaf-requirements.ts";
import { readRequirement } from "../parse-requirement.ts";
import type {
  Alternative,
  AnyOfRequirement,
  EnforcedRequirement,
  Requirement,
  Requirements,
} from "../policy.ts";
import { sigstoreReader } from "./parse-sigstore.ts";
import { PatternReaders } from "./parse-text-match.ts";
import type { PolicyLanguages } from "./policy-languages.ts";

/** More nobody means; and as readers call themselves, deeper nesting must not exhaust the stack. */
const maxNesting = 4;
const maxAlternatives = 50;
const maxLeaves = 100;
/** as many as a file has room for */
const maxRequirements = Number.MAX_SAFE_INTEGER;

/**
 * The requirements of a scope in a marked file: a list, or an object that says once for all of them whether they only
 * warn.
 */
export function extendedReader(languages: PolicyLanguages): Reader<Requirements> {
  const readSigstore = sigstoreReader(languages, new PatternReaders(languages));
  const readEnforced = enforcedReader(readSigstore, maxNesting);
  const readItem: Reader<Requirement> = (json, path, report) => {
    const { mode, rest } = splitMode(json, path, report);
    const requirement = readEnforced(rest, path, report);
    if (requirement === undefined || mode === undefined) return undefined;
    if (leafRequirements(requirement).length > maxLeaves) {
      report(path, `an anyOf holds at most ${maxLeaves} requirements, all alternatives together`);
      return undefined;
    }
    return mode === "warn" ? { type: "warn", requirement } : requirement;
  };
  const readList = filledListOf(readItem, maxRequirements);
  const readScope = objectAs({ mode: readMode, requirements: readList }, (fields, path, report) => {
    const { mode = "enforce", requirements } = fields;
    if (requirements === undefined) report(path, "requirements is missing");
    return requirements && (mode === "warn" ? onlyWarning(requirements) : requirements);
  });
  return (json, path, report) => (json.kind === "object" ? readScope : readList)(json, path, report);
}

type Mode = "enforce" | "warn";

const readMode: Reader<Mode> = oneOf("enforce", "warn");

/** The mode of a requirement, and what a reader that knows no modes is to see. */
function splitMode(
  json: Json,
  path: string,
  report: Report,
): { readonly mode: Mode | undefined; readonly rest: Json } {
  const modes = membersOf(json).filter(([name]) => name === "mode");
  const [first, second] = modes;
  if (json.kind !== "object" || first === undefined) return { mode: "enforce", rest: json };
  const at = memberPath(path, "mode");
  if (second !== undefined) report(at, `Duplicate key "mode"`);
  const mode = readMode(first[1], at, report);
  const rest = { ...json, members: json.members.filter((member) => !modes.includes(member)) };
  return { mode: second === undefined ? mode : undefined, rest };
}

function onlyWarning([first, ...others]: Requirements): Requirements {
  return [warning(first), ...others.map(warning)];
}

function warning(requirement: Requirement): Requirement {
  return requirement.type === "warn" ? requirement : { type: "warn", requirement };
}

/** @param nesting how many `anyOf` may stand in one another */
function enforcedReader(
  readSigstore: Reader<EnforcedRequirement>,
  nesting: number,
): Reader<EnforcedRequirement> {
  const readers: ReadonlyMap<string, Reader<EnforcedRequirement>> = new Map([
    ["sigstore", readSigstore],
    ["anyOf", nesting === 0 ? readTooDeep : anyOfReader(enforcedReader(readSigstore, nesting - 1))],
  ]);
  return (json, path, report) => {
    const reader = readers.get(typeOf(json) ?? "") ?? readRequirement;
    return reader(json, path, report);
  };
}

function anyOfReader(readEnforced: Reader<EnforcedRequirement>): Reader<AnyOfRequirement> {
  const readPart: Reader<EnforcedRequirement> = (json, path, report) => {
    const mode = membersOf(json).find(([name]) => name === "mode");
    if (mode === undefined) return readEnforced(json, path, report);
    report(memberPath(path, "mode"), "an alternative that only warns always holds: write mode beside anyOf");
    return undefined;
  };
  const readAlternative: Reader<Alternative> = filledListOf(readPart, maxAlternatives);
  const readers = {
    type: exactly("anyOf"),
    alternatives: filledListOf(readAlternative, maxAlternatives),
  };
  return objectAs(readers, ({ alternatives }, path, report): AnyOfRequirement | undefined => {
    if (alternatives !== undefined) return { type: "anyOf", alternatives };
    report(path, "alternatives is missing");
    return undefined;
  });
}

const readTooDeep: Reader<AnyOfRequirement> = (_json, path, report) => {
  report(path, `at most ${maxNesting} anyOf may stand in one another`);
  return undefined;
};

/** The first `type`; an object with two is refused by whoever reads it. */
function typeOf(json: Json): string | undefined {
  const [, type] = membersOf(json).find(([name]) => name === "type") ?? [];
  return type?.kind === "string" ? type.value : undefined;
}

function membersOf(json: Json): readonly JsonMember[] {
  return json.kind === "object" ? json.members : [];
}
