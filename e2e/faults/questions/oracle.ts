import type { ViolationKind } from "../violation.ts";
import type { Signer, WorldImage } from "../world/images.ts";
import type { PolicyHistory, Span } from "../world/policy-history.ts";
import { allows, looksAtSignatures } from "../world/policy-kinds.ts";
import type { Answer, AnswerKind } from "./answer.ts";
import { type Excuses, excusedFor } from "./excuses.ts";
import {
  hasMovingTag,
  type ImageQuestion,
  imagesOf,
  type Question,
  repositoryOf,
  wordsOf,
} from "./question.ts";

/** What may come of a question that was open for a while. */
export interface Truth {
  /** some policy that was in force meanwhile, and something that the names meant, would be right to allow it */
  readonly may: boolean;
  /** all of them would */
  readonly must: boolean;
}

/** Knows which answers are right: who signed what is known, and which policy was in force when. */
export class Oracle {
  readonly #policies: PolicyHistory;
  /** digests of contents of which the gateway has said that it kept evidence */
  readonly #kept = new Set<string>();
  /** until when the gateway may have a container made by a verdict whose evidence is gone; of the monotonic clock */
  #rememberedUntil = 0;
  /** repositories of images with moving tags that somebody could have without a signature */
  readonly #letInUnseen = new Set<string>();

  constructor(policies: PolicyHistory) {
    this.#policies = policies;
  }

  truthOf(question: Question, span: Span): Truth {
    if (!("namespace" in question)) return { may: true, must: true };
    const kinds = [...this.#policies.inForce(question.namespace, span)];
    const images = imagesOf(question);
    return {
      may: kinds.some((kind) =>
        images.every((image) => image.contents.some((content) => allows(kind, image, content))),
      ),
      must: kinds.every((kind) =>
        images.every((image) => image.contents.every((content) => allows(kind, image, content))),
      ),
    };
  }

  /**
   * Whether something may be on the node under an image's name, by some policy that was in force while it was asked for.
   * What no policy looks at is whatever the registry gave.
   * @param id of the config
   */
  mayHold(image: WorldImage, id: string, { namespace }: ImageQuestion, span: Span): boolean {
    const content = image.contents.find((one) => one.id === id) ?? unsigned;
    return [...this.#policies.inForce(namespace, span)].some((kind) => allows(kind, image, content));
  }

  /** What is wrong with an answer, if anything is. */
  judge(question: Question, answer: Answer, excuses: Excuses): readonly [ViolationKind, string] | undefined {
    const { may, must } = this.truthOf(question, answer.span);
    const isKnown = "namespace" in question && this.#isKept(question);
    const acceptable = new Set<AnswerKind>(excusedFor(answer, isKnown, excuses));
    if (hasMovingTag(question)) for (const kind of excuses.moving) acceptable.add(kind);
    if (may) acceptable.add("ok");
    if (!must) acceptable.add("refused");
    if (acceptable.has(answer.kind)) return undefined;
    const right = must ? "allowed" : may ? "allowed or refused" : "refused";
    const { call, code, message } = answer;
    const text = `${wordsOf(question)}: ${call} ended with code ${code} ${JSON.stringify(message)}; it is to be ${right}`;
    return [titles[answer.kind] ?? "unexplained failure", text];
  }

  /**
   * Whether what a failed pull brought from one of these repositories may stay: of a pull that a policy lets in unseen the
   * gateway never hears with which image it ended, so from then on it takes nothing back that has its tag.
   */
  mayStay(repositories: Iterable<string>): boolean {
    return [...repositories].some((repository) => this.#letInUnseen.has(repository));
  }

  /** Notes what the gateway must have kept, to answer so, and what it may not take back. */
  learn(question: Question, { kind, call, span }: Answer): void {
    if (!("namespace" in question)) return;
    const kinds = [...this.#policies.inForce(question.namespace, span)];
    for (const image of imagesOf(question)) {
      const isUnseen = kinds.some((policy) => allows(policy, image, unsigned));
      if (isUnseen && image.contents.length > 1) this.#letInUnseen.add(repositoryOf(image.reference));
      if (
        kind !== "ok" ||
        image.contents.length > 1 ||
        !kinds.every((policy) => looksAtSignatures(policy, image))
      )
        continue;
      const isShown = call === "CreateContainer" && span.from >= this.#rememberedUntil;
      if (call === "PullImage" || isShown) this.#kept.add(image.contents[0].digest);
    }
  }

  /**
   * Evidence may be gone. Verdicts that it was for may stand as long as the gateway remembers any, those too of which nobody
   * could tell that evidence was kept. Who pulls asks the registry each time, and keeps what it says.
   */
  forgetEvidence(now: number): void {
    this.#rememberedUntil = now + rememberedMs;
    this.#kept.clear();
  }

  #isKept(question: ImageQuestion): boolean {
    return imagesOf(question).every(
      ({ contents }) => contents.length === 1 && this.#kept.has(contents[0].digest),
    );
  }
}

/** As the gateway has it: see remembered-verdicts.ts. */
const rememberedMs = 60_000;

/** What was never published under a name was never signed for it either. */
const unsigned = { signers: new Set<Signer>() };

const titles: Partial<Readonly<Record<AnswerKind, ViolationKind>>> = {
  ok: "wrongly allowed",
  refused: "wrongly refused",
  late: "no answer",
};
