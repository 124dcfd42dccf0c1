/** Starts a peer; one that does not start leaves nothing behind that would keep the tests from ending. */
export async function startedOrClosed<T extends { start(): Promise<void>; close(): Promise<void> }>(
  peer: T,
): Promise<T> {
  try {
    await peer.start();
    return peer;
  } catch (error) {
    await peer.close();
    throw error;
  }
}
