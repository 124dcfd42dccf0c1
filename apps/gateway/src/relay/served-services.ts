/** CRI v1, and what every gRPC server tells of itself. */
const served = ["/runtime.v1.", "/grpc.health.", "/grpc.reflection."];

/**
 * Whether calls on a path are passed on at all. containerd serves more on the socket of its CRI: an API of its own, by
 * which `ctr` pulls images and writes them into the store, and up to 1.7 CRI's v1alpha2 with a PullImage of its own.
 * What comes in by those is nobody's to verify, so it does not come in here.
 */
export function isServed(path: string): boolean {
  return served.some((service) => path.startsWith(service));
}
