import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ReviewRecord } from "../answer-review.ts";

/** What is counted. */
export interface WebhookMetrics {
  readonly contentType: string;
  text(): Promise<string>;
  reviewed(path: string, record: ReviewRecord): void;
  followingFailed(plural: string): void;
  certificatesFailed(): void;
  /** seconds since 1970 */
  certificateEnds(at: number): void;
}

export function webhookMetrics(): WebhookMetrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  const reviews = new Counter({
    name: "countersign_webhook_reviews_total",
    help: "Reviews answered, by path and answer.",
    labelNames: ["path", "answer"],
    registers,
  });
  const seconds = new Histogram({
    name: "countersign_webhook_review_seconds",
    help: "How long reviews took.",
    labelNames: ["path"],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
    registers,
  });
  const failures = new Counter({
    name: "countersign_webhook_api_failures_total",
    help: "Failed attempts to follow objects, by kind, or to keep certificates.",
    labelNames: ["what"],
    registers,
  });
  const ends = new Gauge({
    name: "countersign_webhook_certificate_not_after_seconds",
    help: "When the serving certificate ends, in seconds since 1970.",
    registers,
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    reviewed(path, { answer, took }) {
      reviews.inc({ path, answer });
      seconds.observe({ path }, took / 1000);
    },
    followingFailed: (what) => failures.inc({ what }),
    certificatesFailed: () => failures.inc({ what: "certificates" }),
    certificateEnds: (at) => ends.set(at),
  };
}
