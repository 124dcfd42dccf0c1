import { imageSourceContract } from "@countersign/testkit/contracts/image-source.contract";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openSources } from "../open-sources.ts";

imageSourceContract("a registry", async ({ tags, untagged, attachments, forged }) => {
  const registry = await startRegistry();
  const { store } = registry;
  for (const [tag, { bytes, mediaType }] of tags) store.putManifest("team/app", bytes, mediaType, tag);
  for (const { bytes, mediaType } of untagged) store.putManifest("team/app", bytes, mediaType);
  for (const [subject, layers] of attachments) registry.attachSignatures("team/app", subject, layers);
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
  return {
    opener: sources.imageSources(),
    repository: `${registry.address}/team/app`,
    async [Symbol.asyncDispose]() {
      await sources.close();
      await registry.close();
      root[Symbol.dispose]();
    },
  };
});
