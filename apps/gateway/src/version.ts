/** What `countersign --version` and `countersign_build_info` say. */
export const version = "0.1.0";
