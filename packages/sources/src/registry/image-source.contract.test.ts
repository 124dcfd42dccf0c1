import { digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import {
  type ContractImages,
  type ContractPlace,
  imageSourceContract,
} from "@countersign/testkit/contracts/image-source.contract";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import { signatureFile, startLookaside } from "@countersign/testkit/lookaside/lookaside";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openSources } from "../open-sources.ts";

imageSourceContract("a registry with attachments", (images) => fill(images, "attachments"));
imageSourceContract("a registry with a lookaside in files", (images) => fill(images, "files"));
imageSourceContract("a registry with a lookaside on a server", (images) => fill(images, "server"));

async function fill(
  { signed, unsigned, instance, forged, signatures }: ContractImages,
  where: "attachments" | "files" | "server",
): Promise<ContractPlace> {
  const registry = await startRegistry();
  const lookaside = await startLookaside();
  const { store } = registry;
  const digest = digestOf(signed.bytes);
  store.putManifest("team/app", signed.bytes, signed.mediaType, "signed");
  store.putManifest("team/app", unsigned.bytes, unsigned.mediaType, "unsigned");
  store.putManifest("team/app", instance.bytes, instance.mediaType);
  store.forge("team/app", forged.digest, forged.manifest.bytes, forged.manifest.mediaType);

  const root = temporaryRoot();
  const blobs = signatures.map(sigstoreBlob);
  if (where === "attachments") registry.attachSignatures("team/app", digest, signatures);
  else if (where === "server") lookaside.put("team/app", digest, blobs);
  else
    for (const [index, blob] of blobs.entries())
      root.write(`sigs/${signatureFile("team/app", digest, index + 1)}`, blob);
  const options = {
    attachments: "use-sigstore-attachments: true",
    files: `lookaside: "file://${root.path}/sigs"`,
    server: `lookaside: "${lookaside.base}"`,
  }[where];
  const sources = openSources({
    environment: root.environment,
    registriesConf: root.write(
      "registries.conf",
      `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`,
    ),
    registriesD: root.write("registries.d/a.yaml", `default-docker: {${options}}`).replace("/a.yaml", ""),
    authfile: undefined,
  });
  const repository = `${registry.address}/team/app`;
  return {
    opener: sources.imageSources(),
    signed: parseDockerImage(`${repository}:signed`),
    alsoSigned: [parseDockerImage(`${repository}@${digest}`)],
    unsigned: parseDockerImage(`${repository}:unsigned`),
    physical: `${repository}:signed`,
    absent: {
      image: parseDockerImage(`${repository}:none`),
      error: {
        code: "REGISTRY_NOT_FOUND",
        message: `initializing source docker://${repository}:none: reading manifest none in ${repository}: manifest unknown`,
      },
    },
    absentInstance: (asked) => ({
      code: "REGISTRY_NOT_FOUND",
      message: `reading manifest ${asked} in ${repository}: manifest unknown`,
    }),
    kept: signatures,
    async [Symbol.asyncDispose]() {
      await sources.close();
      await registry.close();
      await lookaside.close();
      root[Symbol.dispose]();
    },
  };
}
