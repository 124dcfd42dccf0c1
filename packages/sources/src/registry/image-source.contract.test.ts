import { digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { imageSourceContract } from "@countersign/testkit/contracts/image-source.contract";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openSources } from "../open-sources.ts";

imageSourceContract("a registry", async ({ signed, unsigned, instance, forged, signatures }) => {
  const registry = await startRegistry();
  const { store } = registry;
  const digest = digestOf(signed.bytes);
  store.putManifest("team/app", signed.bytes, signed.mediaType, "signed");
  store.putManifest("team/app", unsigned.bytes, unsigned.mediaType, "unsigned");
  store.putManifest("team/app", instance.bytes, instance.mediaType);
  registry.attachSignatures("team/app", digest, signatures);
  store.forge("team/app", forged.digest, forged.manifest.bytes, forged.manifest.mediaType);

  const root = temporaryRoot();
  const sources = openSources({
    environment: root.environment,
    registriesConf: root.write(
      "registries.conf",
      `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`,
    ),
    registriesD: root
      .write("registries.d/a.yaml", "default-docker: {use-sigstore-attachments: true}")
      .replace("/a.yaml", ""),
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
      root[Symbol.dispose]();
    },
  };
});
