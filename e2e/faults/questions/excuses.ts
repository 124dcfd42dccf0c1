import type { Answer, AnswerKind } from "./answer.ts";

/** What calls may come to, beside the right answer, because of what goes wrong on purpose. */
export interface Excuses {
  readonly pulls: readonly AnswerKind[];
  /** of images of which evidence was kept; a node needs nobody else for them */
  readonly creations: readonly AnswerKind[];
  /** of images of which none may be kept */
  readonly unknownCreations: readonly AnswerKind[];
  /** calls that are no matter of images */
  readonly others: readonly AnswerKind[];
  /** any calls about images whose tags move */
  readonly moving: readonly AnswerKind[];
  /** what was refused may stay on disk */
  readonly leftovers: boolean;
  /** what was pulled may go from the disk again */
  readonly losses: boolean;
  /** evidence may be gone, from then on too */
  readonly evidence: boolean;
}

export const noExcuses: Excuses = {
  ...{ pulls: [], creations: [], unknownCreations: [], others: [], moving: [] },
  ...{ leftovers: false, losses: false, evidence: false },
};

/** For what keeps the registry from answering: nobody else notices. */
export const registryAway: Excuses = {
  ...noExcuses,
  // The runtime's own words for it have no reason that a kubelet knows.
  pulls: ["registry away", "failed", "tag moving"],
  unknownCreations: ["registry away", "tag moving"],
  // A pull that hangs in the runtime holds its tag.
  creations: ["tag moving"],
};

/** For a registry of whose answers none can be believed. That it knows no such image, or not for us, has no reason either. */
export const registryLies: Excuses = {
  ...registryAway,
  pulls: [...registryAway.pulls, "refused"],
  unknownCreations: [...registryAway.unknownCreations, "refused", "failed"],
};

/**
 * For a registry that gives whole other images, of which nothing shows that they are others but their signatures: a namespace
 * that asks for none brings one to the node, where the others find it. What the gateway removes again had the tag; what is on
 * the node under its own name too, it cannot remove under the wrong one alone.
 */
export const registryGivesOthers: Excuses = {
  ...registryLies,
  creations: [...registryLies.creations, "refused", "failed", "image gone"],
  unknownCreations: [...registryLies.unknownCreations, "image gone"],
  others: ["failed", "image gone"],
  leftovers: true,
  losses: true,
};

/** For a runtime or a gateway that is gone for a while. */
export const processAway: Excuses = {
  ...noExcuses,
  pulls: ["away", "failed", "tag moving"],
  creations: ["away", "failed", "image gone", "tag moving"],
  unknownCreations: ["away", "failed", "image gone", "tag moving"],
  others: ["away", "failed", "image gone"],
  leftovers: true,
  losses: true,
};

export function excusesTogether(all: readonly Excuses[]): Excuses {
  return {
    pulls: all.flatMap(({ pulls }) => pulls),
    creations: all.flatMap(({ creations }) => creations),
    unknownCreations: all.flatMap(({ unknownCreations }) => unknownCreations),
    others: all.flatMap(({ others }) => others),
    moving: all.flatMap(({ moving }) => moving),
    leftovers: all.some(({ leftovers }) => leftovers),
    losses: all.some(({ losses }) => losses),
    evidence: all.some(({ evidence }) => evidence),
  };
}

export function excusedFor({ call }: Answer, isKnown: boolean, excuses: Excuses): readonly AnswerKind[] {
  if (call === "PullImage") return excuses.pulls;
  if (call === "CreateContainer") return isKnown ? excuses.creations : excuses.unknownCreations;
  return excuses.others;
}
