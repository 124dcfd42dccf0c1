import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { PocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";

/** Who signs the demo's images, and who vouches for that. */
export const signer = { email: "release@example.com", oidcIssuer: "https://accounts.example.com" } as const;

/** The CI job that signs the demo's other image, as its certificate names it. */
export const workflow = {
  identity: "https://ci.example.com/demo/.github/workflows/release.yaml@refs/heads/main",
  oidcIssuer: "https://token.ci.example.com",
} as const;

/** The files an administrator would write on the node. */
export interface TrustFiles {
  readonly policy: string;
  readonly policyDirectory: string;
  readonly registriesConf: string;
  readonly registriesD: string;
  /** Replaces the global policy: images below `repository` must be signed by `email`, all others are refused. */
  demandSigner(repository: string, email: string): Promise<void>;
  /** The same, by the extension: a CI job must have signed, whose name matches a pattern. */
  demandWorkflow(repository: string, pattern: string): Promise<void>;
  /** Gives a namespace a policy of its own, which accepts everything below `repository`. */
  acceptIn(namespace: string, repository: string): Promise<void>;
}

export async function writeTrustFiles(
  directory: string,
  registry: string,
  kit: SigningKit,
  pocket: PocketSigstore,
): Promise<TrustFiles> {
  const file = (name: string) => join(directory, name);
  const files = {
    policy: file("policy.json"),
    policyDirectory: file("policies"),
    registriesConf: file("registries.conf"),
    registriesD: file("registries.d"),
  };
  await mkdir(files.policyDirectory);
  await mkdir(files.registriesD);
  await writeFile(file("fulcio.pem"), kit.fulcio.caPem);
  await writeFile(file("rekor.pub"), kit.log.publicKeyPem);
  await writeFile(file("trusted_root.json"), pocket.trustedRoot);
  await writeFile(files.registriesConf, `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`);
  await writeFile(
    join(files.registriesD, "default.yaml"),
    "default-docker:\n  use-sigstore-attachments: true\n",
  );
  return {
    ...files,
    demandSigner: (repository, email) =>
      replace(files.policy, {
        default: [{ type: "reject" }],
        transports: {
          docker: {
            [repository]: [
              {
                type: "sigstoreSigned",
                fulcio: { caPath: file("fulcio.pem"), oidcIssuer: signer.oidcIssuer, subjectEmail: email },
                rekorPublicKeyPath: file("rekor.pub"),
                signedIdentity: { type: "matchRepository" },
              },
            ],
          },
        },
      }),
    demandWorkflow: (repository, pattern) =>
      replace(files.policy, {
        countersign: 1,
        default: [{ type: "reject" }],
        transports: {
          docker: {
            [repository]: [
              {
                type: "sigstore",
                authorities: [
                  {
                    name: "ci",
                    keyless: {
                      trustedRoot: { path: file("trusted_root.json") },
                      identities: [{ issuer: workflow.oidcIssuer, subjectRegExp: pattern }],
                    },
                  },
                ],
              },
            ],
          },
        },
      }),
    acceptIn: (namespace, repository) =>
      replace(join(files.policyDirectory, `${namespace}.json`), {
        default: [{ type: "reject" }],
        transports: { docker: { [repository]: [{ type: "insecureAcceptAnything" }] } },
      }),
  };
}

/** As an administrator should: a new file, renamed into place, so that no pull sees half of it. */
async function replace(path: string, policy: object): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(policy, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
}
