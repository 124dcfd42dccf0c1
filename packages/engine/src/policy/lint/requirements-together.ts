import type { Requirement, TrustSource } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { asksTheSame, type RequirementList } from "./requirement-lists.ts";

/** Each is compared with every other one. Nobody means so many. */
const maxCompared = 100;

/** All requirements of a list must hold. Many a list is written as if one of them sufficed. */
export function* listHints(list: RequirementList): Generator<Hint> {
  if (list.requirements.length > maxCompared) return;
  yield* rejectHint(list);
  yield* redundantHints(list);
  yield* everyKeyHint(list);
}

function* rejectHint({ path, requirements }: RequirementList): Generator<Hint> {
  const at = requirements.findIndex(({ type }) => type === "reject");
  if (at === -1 || requirements.length === 1) return;
  const unread = requirements.length - 1 - at;
  yield {
    code: "REJECT_BESIDE_OTHERS",
    path: `${path}[${at}]`,
    message: `all requirements must hold, so with this one nothing here ever runs${unread === 0 ? "" : ", and what follows it is never looked at"}`,
    remedy: "remove it, or remove the others if nothing is to run",
  };
}

function* redundantHints({ path, requirements }: RequirementList): Generator<Hint> {
  for (const [index, requirement] of requirements.entries()) {
    const { type } = requirement;
    const others = requirements.filter((other) => other.type !== "insecureAcceptAnything");
    const earlier = requirements.slice(0, index);
    if (type === "insecureAcceptAnything" && others.length > 0) {
      yield {
        code: "REQUIREMENT_REDUNDANT",
        path: `${path}[${index}]`,
        message: "all requirements must hold, so this neither opens nor closes anything beside another one",
        remedy: "remove it",
      };
    } else if (earlier.some((other) => saysTheSame(other, requirement))) {
      yield {
        code: "REQUIREMENT_REDUNDANT",
        path: `${path}[${index}]`,
        message: "the same is asked for twice",
        remedy: "remove one of them",
      };
    }
  }
}

/** Warnings accept the same, all of them: what they are about counts. */
function saysTheSame(one: Requirement, other: Requirement): boolean {
  if (one.type !== "warn" || other.type !== "warn") {
    return one.type !== "warn" && other.type !== "warn" && asksTheSame([one], [other]);
  }
  return saysTheSame(one.requirement, other.requirement);
}

/** Two keys, each in a requirement of its own: both must sign. Said once, at the second. */
function* everyKeyHint({ path, requirements }: RequirementList): Generator<Hint> {
  for (const [index, requirement] of requirements.entries()) {
    const own = withKeysApart(requirement);
    const earlier = requirements.slice(0, index).flatMap((other) => withKeysApart(other) ?? []);
    const twin = own && earlier.find((other) => asksTheSame([other.rest], [own.rest]));
    if (own === undefined || twin === undefined || asksTheSame([twin.whole], [requirement])) continue;
    yield {
      code: "EVERY_KEY_MUST_SIGN",
      path: `${path}[${index}]`,
      message: "all requirements must hold, so an image needs a signature by each of these keys",
      remedy: `leave it if that is meant; if one signature is enough, write one requirement with ${together(twin.keys, own.keys)}`,
    };
    return;
  }
}

interface KeysApart {
  readonly whole: Requirement;
  readonly keys: TrustSource;
  /** with no keys at all: if these are the same, two requirements can be written as one */
  readonly rest: Requirement;
}

const noKeys: TrustSource = { type: "inline", data: [] };

function withKeysApart(whole: Requirement): KeysApart | undefined {
  if (whole.type === "signedBy") return { whole, keys: whole.keys, rest: { ...whole, keys: noKeys } };
  if (whole.type !== "sigstoreSigned" || whole.trust.type !== "keys") return undefined;
  return { whole, keys: whole.trust.keys, rest: { ...whole, trust: { ...whole.trust, keys: noKeys } } };
}

function together(one: TrustSource, other: TrustSource): string {
  if (one.type === "files" && other.type === "files") {
    return `"keyPaths": ${JSON.stringify([...one.paths, ...other.paths])}`;
  }
  return `all keys together, in "keyPaths" or "keyDatas"`;
}
