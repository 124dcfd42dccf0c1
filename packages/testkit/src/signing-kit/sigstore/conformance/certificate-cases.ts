import { createCertificateLog } from "../../certificate-log.ts";
import { certificateSigner } from "../bundle-signer.ts";
import {
  type ConformanceCase,
  conformanceCase,
  envelope,
  identity,
  issuer,
  message,
  now,
  sigstore,
  strangers,
  trust,
} from "./conformance-case.ts";

/** Certificates: who promised to show them, and when they were valid. */
export function certificateCases(): readonly ConformanceCase[] {
  return [
    conformanceCase("bundle-with-sct-with-extensions", ...sctWithExtensions()),
    conformanceCase("invalid-ct-key_fail", bundleWith({}), { trust: { certificateLogs: otherKey() } }),
    conformanceCase("a certificate that no log promised to show_fail", bundleWith({ logs: [] })),
    conformanceCase(
      "a certificate that an unknown log promised to show_fail",
      bundleWith({ logs: [strangers.certificateLog] }),
    ),
    conformanceCase(
      "a certificate promised by an unknown log too",
      bundleWith({ logs: [strangers.certificateLog, sigstore.certificateLog] }),
    ),
    conformanceCase(
      "a certificate promised twice by one log_fail",
      bundleWith({ logs: [sigstore.certificateLog, sigstore.certificateLog] }),
    ),
    conformanceCase("a certificate for servers_fail", bundleWith({ usages: ["1.3.6.1.5.5.7.3.1"] })),
    conformanceCase("integrated-time-in-future_fail", at(now + 10 * 365 * 24 * 3600)),
    conformanceCase("intoto-set-outside-signing-cert-validity_fail", at(now - 3600)),
    conformanceCase("intoto-expired-certificate_fail", at(now), {
      trust: {
        certificateAuthorities: trust.certificateAuthorities.map((ca) => ({ ...ca, to: now - 3600 })),
      },
    }),
  ];
}

type Identity = NonNullable<Parameters<typeof sigstore.certify>[0]>;

function certify(changes: Identity) {
  return sigstore.certify({ names: [["uri", identity]], oidcIssuer: issuer, ...changes });
}

function bundleWith(changes: Identity) {
  const by = certify(changes);
  return sigstore.bundle(message(by), by);
}

function at(integratedTime: number) {
  const by = certify({});
  return sigstore.bundle(envelope(by), by, { integratedTime });
}

function sctWithExtensions() {
  const log = createCertificateLog({
    name: "static ct log",
    time: now,
    extensions: Buffer.from("00000500000daf47", "hex"),
  });
  const { key, id, baseUrl } = log;
  const by = certificateSigner(
    sigstore.fulcio.issue({ names: [["uri", identity]], oidcIssuer: issuer, logs: [log] }),
  );
  const certificateLogs = [{ key, id, baseUrl, from: now - 3600 }];
  return [sigstore.bundle(message(by), by), { trust: { certificateLogs } }] as const;
}

/** The right log, says its id, with a stranger's key. */
function otherKey() {
  return trust.certificateLogs.map((log) => ({ ...log, key: strangers.certificateLog.key }));
}
