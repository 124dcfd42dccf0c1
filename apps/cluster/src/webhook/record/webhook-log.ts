import { X509Certificate } from "node:crypto";
import type { Logger } from "pino";
import type { PullSecretEvents } from "../judge/pull-secrets.ts";
import type { WebhookEvents } from "../run-webhook.ts";
import type { WebhookMetrics } from "./webhook-metrics.ts";

/** Writes what happens as lines of JSON, and counts it. Names of objects and images are written, and nothing of Secrets. */
export function recordedEvents(log: Logger, metrics: WebhookMetrics): WebhookEvents & PullSecretEvents {
  return {
    serving: (port) => log.info({ port }, "serving"),
    reviewed(path, record) {
      metrics.reviewed(path, record);
      const { request, answer, message, took } = record;
      const { namespace, name, operation, kind } = request ?? {};
      const line = { path, answer, namespace, name, kind: kind?.kind, operation, took, message };
      if (answer === "allowed" || answer === "pinned") log.debug(line, "reviewed");
      else log.info(line, "reviewed");
    },
    followingFailed({ plural }, { code, message }) {
      metrics.followingFailed(plural);
      log.warn({ plural, code, message }, "cannot be followed; what is known of it stays in force");
    },
    certificatesFailed({ code, message }) {
      metrics.certificatesFailed();
      log.error({ code, message }, "certificates cannot be kept; those in use go on");
    },
    certificatesRenewed({ server }) {
      const ends = new X509Certificate(server.certificate).validToDate;
      metrics.certificateEnds(ends.getTime() / 1000);
      log.info({ ends: ends.toISOString() }, "certificate in use");
    },
    unusable(kind, { namespace, name }, why) {
      log.warn({ kind, namespace, name, why }, "pull secret not used; the image is fetched without it");
    },
  };
}
