#!/bin/sh
# The client under test of sigstore-conformance (docs/cli_protocol.md there), as its action's `entrypoint`, with
# --skip-signing. A good third of its cases bring no trusted_root.json and mean the public instance's, or with --staging
# the staging instance's; nothing is fetched here, so both files have to be given:
#
#   SIGSTORE_TRUSTED_ROOT=trusted_root.json [SIGSTORE_STAGING_TRUSTED_ROOT=staging.json] tools/sigstore-conformance-client.sh …
set -eu
root=${SIGSTORE_TRUSTED_ROOT:-${COUNTERSIGN_TRUSTED_ROOT:-}}
for argument in "$@"; do
  # what follows names a file or an identity, and may be called anything
  case $argument in
    --bundle | --certificate-identity | --certificate-oidc-issuer | --key | --trusted-root) break ;;
    --staging) root=${SIGSTORE_STAGING_TRUSTED_ROOT:-} ;;
  esac
done
if [ -n "$root" ]; then
  COUNTERSIGN_TRUSTED_ROOT=$root
  export COUNTERSIGN_TRUSTED_ROOT
else
  unset COUNTERSIGN_TRUSTED_ROOT
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
PATH=$here/node_modules/.bin:$PATH exec node "$here/apps/cli/src/main.ts" "$@"
