import { performance } from "node:perf_hooks";
import type { EvidenceSeed } from "@countersign/sources/evidence/evidence-seed";
import type { EvidenceShelf } from "@countersign/sources/evidence/evidence-shelf";
import { keepingEvidence } from "@countersign/sources/evidence/keep-evidence";
import type { Sources } from "@countersign/sources/open-sources";
import type { FairSlots } from "@countersign/sources/serving/fair-slots";
import { systemTiming } from "@countersign/sources/timing";
import type { GatewayConfig } from "./config.ts";
import { createContainerGate } from "./create/create-container.ts";
import { podNamespaces } from "./create/pod-namespaces.ts";
import { presentSources } from "./create/present-sources.ts";
import { rememberedVerdicts } from "./create/remembered-verdicts.ts";
import { restorePodGate } from "./create/restore-pod.ts";
import { verdictFoundations } from "./create/verdict-foundations.ts";
import { presentVerifier } from "./create/verify-present.ts";
import { withinPatience } from "./create/within-patience.ts";
import type { Gate, RuntimeClient } from "./gate.ts";
import { gatesTogether } from "./gates-together.ts";
import type { PolicyFiles } from "./policy/policy-files.ts";
import type { PolicySource } from "./policy/policy-store.ts";
import { dockerHubNames, registriesConfNames } from "./pull/image-names.ts";
import { imagePinner } from "./pull/pin-image.ts";
import { pullImageGate } from "./pull/pull-image.ts";
import { tagMoves } from "./pull/tag-moves.ts";
import type { LeftoverEvents } from "./pull/take-back.ts";
import { pullVerifier } from "./pull/verify-pull.ts";
import type { DecisionRecorder } from "./record/decision.ts";
import { nodePlatform } from "./runtime/node-platform.ts";

/** What the gates are built from. */
export interface GateParts {
  readonly sources: Sources;
  readonly shelf: EvidenceShelf;
  readonly seed: EvidenceSeed | undefined;
  readonly client: RuntimeClient;
  readonly policies: PolicySource;
  /** where policies and the keys that they name lie */
  readonly files: PolicyFiles;
  readonly recorder: DecisionRecorder;
  /** for the verifications of pulls */
  readonly slots: FairSlots;
  readonly leftovers: LeftoverEvents;
  /** as Node names it: `x64` */
  readonly processor: string;
}

/** What the gates remember, for those who watch how much that is. */
export interface GateMemory {
  /** verdicts about images that containers were made from */
  readonly verdicts: number;
}

/** A gate for every way in that an image has. */
export function buildGates(
  config: GatewayConfig,
  parts: GateParts,
): { readonly gate: Gate; readonly memory: GateMemory } {
  const { sources, shelf, seed, client, policies, files, recorder } = parts;
  const clock = { now: Date.now };
  const now = () => performance.now();
  const platform = nodePlatform(parts.processor);
  const names = config.shortNames === "docker.io" ? dockerHubNames : registriesConfNames(sources.shortNames);
  const tags = tagMoves(systemTiming);
  const shared = { policies, names, runtime: client, recorder, now };
  const { trustFiles, trustRepositories } = sources;
  const judging = { trustFiles, trustRepositories, clock, platform };

  const pullImage = pullImageGate({
    ...shared,
    verifier: pullVerifier({
      ...judging,
      imageSources: (credentials) => keepingEvidence(sources.imageSources(credentials), shelf, clock),
      slots: parts.slots,
      timing: systemTiming,
      patience: config.pullVerifyTimeout,
    }),
    pinner: imagePinner({ tags, timing: systemTiming, events: parts.leftovers }),
    tags,
    timing: systemTiming,
  });

  const registry = keepingEvidence(sources.imageSources(), shelf, clock);
  const verdicts = rememberedVerdicts({
    verifier: withinPatience(
      presentVerifier({
        ...judging,
        sources: presentSources(seed === undefined ? [shelf] : [shelf, seed], registry),
      }),
      config.createVerifyTimeout,
      systemTiming,
    ),
    foundations: verdictFoundations(files, shelf, clock, { trustFiles, trustRepositories }),
    now,
  });
  const createContainer = createContainerGate({
    ...shared,
    namespaces: podNamespaces(client),
    verifier: verdicts,
    tags,
    timing: systemTiming,
    unnamedImages: config.unnamedImages,
    checkpoints: config.checkpoints,
  });

  const restorePod = restorePodGate({ policies, recorder, checkpoints: config.checkpoints, now });
  return {
    gate: gatesTogether([pullImage, createContainer, restorePod]),
    memory: {
      get verdicts() {
        return verdicts.remembered;
      },
    },
  };
}
