import type { FaultyServer } from "../registry/faulty-server.ts";
import type { PocketSigstore } from "../signing-kit/sigstore/pocket-sigstore.ts";
import { startFulcio } from "./fulcio-server.ts";
import { createOidcIssuer, type OidcIssuer } from "./oidc-issuer.ts";
import { startRekorServer } from "./rekor-server.ts";
import { startRekorTilesServer } from "./rekor-tiles-server.ts";
import { startTimestampServer } from "./timestamp-server.ts";

/**
 * A pocket Sigstore that is reached by HTTP, as its clients know it. Each server can be made to fail; hold the whole
 * with `await using`.
 */
export interface SigstoreServers extends AsyncDisposable {
  /** whose tokens the Fulcio takes */
  readonly oidc: OidcIssuer;
  readonly fulcio: FaultyServer;
  readonly rekor: FaultyServer;
  readonly rekorTiles: FaultyServer;
  readonly timestampAuthority: FaultyServer;
  close(): Promise<void>;
}

export async function startSigstore(sigstore: PocketSigstore): Promise<SigstoreServers> {
  const oidc = createOidcIssuer(sigstore.now);
  const [fulcio, rekor, rekorTiles, timestampAuthority] = await Promise.all([
    startFulcio(sigstore, oidc),
    startRekorServer(sigstore.rekor),
    startRekorTilesServer(sigstore.rekorTiles),
    startTimestampServer(sigstore.timestampAuthority, sigstore.now),
  ]);
  const servers = [fulcio, rekor, rekorTiles, timestampAuthority];
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
  };
  return { oidc, fulcio, rekor, rekorTiles, timestampAuthority, close, [Symbol.asyncDispose]: close };
}
