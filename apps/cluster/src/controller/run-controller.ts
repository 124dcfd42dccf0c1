import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import type { Material, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import type { Timing } from "@countersign/sources/timing";
import { Alarm } from "../alarm.ts";
import { fencedServer } from "../election/fenced-server.ts";
import { type ElectionEvents, type Leadership, leadInTurn } from "../election/lead-in-turn.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import type { Patience } from "../kube/patience.ts";
import { type ClusterPass, clusterPass, type PassOutcome } from "./cluster-pass.ts";
import { type ClusterView, type ClusterViewEvents, clusterView } from "./cluster-view.ts";
import type { ExternalTexts } from "./external-materials.ts";
import type { RepositoryRoots } from "./repository-roots.ts";
import type { PublicationChecks } from "./rule-check.ts";

export interface ControllerParts {
  readonly server: ApiServer;
  /** where it publishes, and where Secrets and ConfigMaps are that policies refer to */
  readonly namespace: string;
  /** of this process */
  readonly identity: string;
  readonly noMatch: NoMatch;
  readonly publicRoot: Material<TrustedRootMaterial>;
  readonly kmsKeys: ExternalTexts;
  readonly remoteTexts: ExternalTexts;
  readonly repositories: RepositoryRoots;
  readonly checks: PublicationChecks;
  /** a clock that nobody sets */
  readonly timing: Pick<Timing, "now" | "after" | "random">;
  /** milliseconds since the epoch */
  readonly wall: () => number;
  readonly patience: Patience;
  readonly events: ControllerEvents;
}

export interface ControllerEvents {
  readonly view: ClusterViewEvents;
  readonly election: ElectionEvents;
  /** it leads, and these kinds were not listed yet */
  waiting(kinds: readonly string[]): void;
  passed(outcome: PassOutcome): void;
  /** a pass broke off; it will be done again */
  failed(error: ApiFailure): void;
}

export const controllerLease = "countersign-controller";

/** An edit by `kubectl apply` of many files comes in many changes. */
const quietMs = 100;
const longestDebounceMs = 1_000;
/** How often nodes' progress is told, at most. */
const tellingMs = 5_000;
/** What happened unseen is looked for, obsolete parts are removed, keys in a KMS asked for. */
const resyncMs = 5 * 60_000;

/**
 * Runs a controller until `signal` ends it: it follows the cluster all the time, and publishes while it leads.
 * @throws what no other attempt would mend
 */
export async function runController(parts: ControllerParts, signal: AbortSignal): Promise<void> {
  const { server, namespace, patience, events } = parts;
  const view = clusterView({ server, namespace, patience, events: events.view });
  const wake = new Alarm();
  const aspects: Aspects = {
    isDue: true,
    materials: false,
    relisted: false,
    publication: new Set(),
    nodes: false,
  };
  for (const texts of [parts.kmsKeys, parts.remoteTexts]) {
    texts.whenLate(() => {
      aspects.isDue = true;
      aspects.materials = true;
      wake.ring();
    });
  }
  const stopping = new AbortController();
  const ending = AbortSignal.any([signal, stopping.signal]);
  const following = view.follow((aspect, change) => {
    if (aspect === "nodes") aspects.nodes = true;
    else aspects.isDue = true;
    if (aspect === "materials") aspects.materials = true;
    // after a list, what happened to the publication meanwhile is not known
    if (change.type === "listed" && aspect === "materials") aspects.relisted = true;
    if (aspect === "publication" && change.type === "removed") {
      aspects.publication.add(change.object.metadata.name);
    }
    wake.ring();
  }, ending);
  const election = {
    ...{ server, namespace, name: controllerLease, identity: parts.identity },
    ...{ timing: parts.timing, wall: parts.wall, events: events.election },
  };
  const leading = leadInTurn(
    election,
    (leadership) => lead({ parts, view, aspects, wake }, leadership),
    ending,
  );
  try {
    await Promise.race([following, leading]);
  } finally {
    stopping.abort();
    await Promise.all([following, leading]);
  }
}

/** What happened since the last pass. */
interface Aspects {
  isDue: boolean;
  materials: boolean;
  relisted: boolean;
  readonly publication: Set<string>;
  nodes: boolean;
}

interface Leading {
  readonly parts: ControllerParts;
  readonly view: ClusterView;
  readonly aspects: Aspects;
  readonly wake: Alarm;
}

async function lead({ parts, view, aspects, wake }: Leading, leadership: Leadership): Promise<void> {
  const { events, timing, patience } = parts;
  const { signal } = leadership;
  const pass = clusterPass({
    ...parts,
    objects: view.objects,
    server: fencedServer(parts.server, leadership),
  });
  aspects.isDue = true;
  let failures = 0;
  let resyncAt = timing.now() + resyncMs;
  let toldAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const missing = view.unknown().map(({ plural, group }) => (group === "" ? plural : `${plural}.${group}`));
    if (missing.length > 0) {
      // to publish without them would be to lift what they say
      events.waiting(missing);
      await wake.wait(timing, resyncMs, signal);
      continue;
    }
    try {
      if (aspects.isDue) {
        await settle(wake, timing, signal);
        if (aspects.materials) resyncAt = timing.now() + resyncMs;
        events.passed(await publishOnce(pass, aspects, signal));
        toldAt = timing.now();
      } else if (aspects.nodes && timing.now() >= toldAt + tellingMs) {
        aspects.nodes = false;
        events.passed(await pass.tell(signal));
        toldAt = timing.now();
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiFailure)) throw error;
      aspects.isDue = true;
      events.failed(error);
      await patience.pause(failures++, error.retryAfter, signal);
      continue;
    }
    if (signal.aborted || aspects.isDue) continue;
    const next = Math.min(aspects.nodes ? toldAt + tellingMs : resyncAt, pass.dueAt ?? resyncAt, resyncAt);
    await wake.wait(timing, Math.max(next - timing.now(), 0), signal);
    if (pass.dueAt !== undefined && timing.now() >= pass.dueAt) aspects.isDue = true;
    if (timing.now() < resyncAt) continue;
    // what is outside the cluster tells nobody that it changed, and time tells nobody that it passed
    aspects.isDue = true;
    aspects.materials = true;
  }
}

async function publishOnce(pass: ClusterPass, aspects: Aspects, signal: AbortSignal): Promise<PassOutcome> {
  aspects.isDue = false;
  aspects.nodes = false;
  if (aspects.materials) pass.materialsChanged();
  aspects.materials = false;
  if (aspects.relisted) pass.lookAgain();
  aspects.relisted = false;
  for (const name of aspects.publication) pass.lost(name);
  aspects.publication.clear();
  return await pass.run(signal);
}

/** Waits until nothing more comes for a moment. */
async function settle(wake: Alarm, timing: ControllerParts["timing"], signal: AbortSignal): Promise<void> {
  const end = timing.now() + longestDebounceMs;
  while (!signal.aborted && timing.now() < end) {
    if (!(await wake.wait(timing, quietMs, signal))) return;
  }
}
