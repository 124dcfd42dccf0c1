import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { secrets } from "../../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../../kube/api-server.ts";
import { apiServerInMemory } from "../../testing/api-server/api-server-in-memory.ts";
import { ObjectStore } from "../../testing/api-server/object-store.ts";
import { certificateSecret, readCertificateSecret } from "./certificate-secret.ts";
import { dueCertificates, type WebhookCertificates } from "./certificates.ts";
import { keepCertificates, mutatingWebhooks, validatingWebhooks } from "./keep-certificates.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const names = ["countersign-webhook.countersign-system.svc", "countersign-webhook.countersign-system"];

/** Whether an API server that believes `bundle` would talk to who presents `server`, at that time. */
function isBelieved(server: string, bundle: readonly string[], now: number): boolean {
  const leaf = new X509Certificate(server);
  const isIn = (one: X509Certificate) =>
    one.validFromDate.getTime() <= now && now < one.validToDate.getTime();
  const issuer = bundle
    .map((one) => new X509Certificate(one))
    .find((one) => leaf.checkIssued(one) && leaf.verify(one.publicKey));
  return issuer?.ca === true && isIn(issuer) && isIn(leaf) && leaf.checkHost(names[0] ?? "") !== undefined;
}

describe("certificates", () => {
  it("are made once, and stay the very same while nothing is due", () => {
    const first = dueCertificates(undefined, names, start);
    assert.ok(isBelieved(first.server.certificate, first.authorities, start));
    assert.equal(dueCertificates(first, names, start + 30 * day), first);
  });

  it("are made anew for another name", () => {
    const first = dueCertificates(undefined, names, start);
    const other = dueCertificates(first, ["elsewhere.other.svc"], start);
    assert.notEqual(other.server.certificate, first.server.certificate);
    assert.deepEqual(other.authorities, first.authorities);
  });

  it("are believed at every step of the way to the next authority, by who was told last and by who was told an hour before", () => {
    let current = dueCertificates(undefined, names, start);
    let told = current.authorities;
    let [servers, authorities] = [1, 1];
    // an hour at a time while an authority is replaced, after two thirds of its year
    const step = (now: number) => (now > start + 242 * day && now < start + 247 * day ? day / 24 : day);
    for (let now = start; now < start + 300 * day; now += step(now)) {
      const due = dueCertificates(current, names, now);
      if (due.server.certificate !== current.server.certificate) servers++;
      if (due.authorities[0] !== current.authorities[0]) authorities++;
      assert.ok(isBelieved(due.server.certificate, due.authorities, now));
      assert.ok(
        isBelieved(due.server.certificate, told, now),
        `not an hour later, ${new Date(now).toISOString()}`,
      );
      assert.ok(due.authorities.length <= 2);
      told = due.authorities;
      current = due;
    }
    assert.ok(servers > 5 && authorities > 1, `${servers} and ${authorities}`);
  });

  it("that ended while nobody looked are made anew", () => {
    const first = dueCertificates(undefined, names, start);
    for (const later of [61 * day, 364 * day, 400 * day]) {
      const due = dueCertificates(first, names, start + later);
      const again = dueCertificates(due, names, start + later);
      assert.ok(isBelieved(again.server.certificate, again.authorities, start + later), String(later / day));
    }
  });

  it("are read back from a Secret, and one that makes no sense is none", () => {
    const made = dueCertificates(undefined, names, start);
    const secret = certificateSecret("ns", "tls", made);
    assert.deepEqual(readCertificateSecret(secret), made);
    const other = dueCertificates(undefined, names, start);
    const data = secret.data as Record<string, string>;
    const otherData = certificateSecret("ns", "tls", other).data as Record<string, string>;
    const broken: readonly object[] = [
      {},
      ...Object.keys(data).map((entry) => ({ ...data, [entry]: "" })),
      ...["ca.key", "tls.key"].map((entry) => ({ ...data, [entry]: otherData[entry] })),
    ];
    for (const one of broken) assert.equal(readCertificateSecret({ ...secret, data: one }), undefined);
  });
});

describe("replicas", () => {
  const { signal } = new AbortController();
  const configuration = (name: string) => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name },
    webhooks: [
      { name: "a", clientConfig: { service: {} } },
      { name: "b", clientConfig: { service: {} } },
    ],
  });
  const partsOf = (store: ObjectStore, server: ApiServer = apiServerInMemory(store), now = start) => ({
    server,
    clock: { now: () => now },
    namespace: "ns",
    secretName: "tls",
    dnsNames: names,
    configurations: [
      { kind: validatingWebhooks, name: "countersign" },
      { kind: mutatingWebhooks, name: "absent" },
    ],
  });
  const bundles = (store: ObjectStore): readonly string[] => {
    const found = store.get(validatingWebhooks, { name: "countersign" });
    const webhooks = found?.["webhooks"] as readonly {
      readonly clientConfig: { readonly caBundle: string };
    }[];
    return webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle, "base64").toString());
  };

  it("that start together come to the same certificates, and API servers are told", async () => {
    const store = new ObjectStore();
    store.create(validatingWebhooks, configuration("countersign"));
    const made = await Promise.all(Array.from({ length: 5 }, () => keepCertificates(partsOf(store), signal)));
    assert.equal(new Set(made.map(({ server }) => server.certificate)).size, 1);
    const bundle = made[0]?.authorities.join("");
    assert.deepEqual(bundles(store), [bundle, bundle]);
  });

  it("write nothing that is as it should be", async () => {
    const store = new ObjectStore();
    store.create(validatingWebhooks, configuration("countersign"));
    await keepCertificates(partsOf(store), signal);
    const { version } = store;
    await keepCertificates(partsOf(store), signal);
    assert.equal(store.version, version);
  });

  it("fill the empty Secret of an installation, and mend a caBundle that somebody overwrote", async () => {
    const store = new ObjectStore();
    store.create(secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "ns", name: "tls" },
      type: "Opaque",
    });
    store.create(validatingWebhooks, configuration("countersign"));
    const { authorities } = await keepCertificates(partsOf(store), signal);
    assert.equal(store.get(secrets, { namespace: "ns", name: "tls" })?.["type"], "Opaque");
    const found = store.get(validatingWebhooks, { name: "countersign" });
    assert.ok(found);
    store.replace(
      validatingWebhooks,
      { ...found, webhooks: configuration("countersign").webhooks },
      "object",
    );
    await keepCertificates(partsOf(store), signal);
    assert.deepEqual(bundles(store), [authorities.join(""), authorities.join("")]);
  });

  it("do not overwrite what others change meanwhile, and give up after some attempts", async () => {
    const store = new ObjectStore();
    const server = apiServerInMemory(store);
    store.create(validatingWebhooks, configuration("countersign"));
    let overtaken = 0;
    const racing: ApiServer = {
      ...server,
      async get(kind, name, within) {
        const found = await server.get(kind, name, within);
        if (kind === validatingWebhooks && found !== undefined && overtaken++ < 3) {
          store.replace(
            kind,
            { ...found, metadata: { ...found.metadata, labels: { touched: String(overtaken) } } },
            "object",
          );
        }
        return found;
      },
    };
    const { authorities } = await keepCertificates(partsOf(store, racing), signal);
    assert.deepEqual(bundles(store)[0], authorities.join(""));
    assert.equal(store.get(validatingWebhooks, { name: "countersign" })?.metadata.labels?.["touched"], "3");
    const stuck: ApiServer = {
      ...server,
      replace: async () => {
        throw new ApiFailure("conflict", "again");
      },
    };
    const later = partsOf(store, stuck, start + 300 * day);
    await assert.rejects(keepCertificates(later, signal), { code: "conflict" });
  });

  it("share what one of them renewed", async () => {
    const store = new ObjectStore();
    const first = await keepCertificates(partsOf(store), signal);
    const later = start + 45 * day;
    const renewed: WebhookCertificates[] = [];
    for (const now of [later, later + 1000]) {
      renewed.push(await keepCertificates(partsOf(store, undefined, now), signal));
    }
    assert.notEqual(renewed[0]?.server.certificate, first.server.certificate);
    assert.deepEqual(renewed[0], renewed[1]);
  });
});
