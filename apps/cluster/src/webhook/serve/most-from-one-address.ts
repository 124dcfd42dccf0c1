import type { Socket } from "node:net";

/** Ends connections beyond so many of one address, so that API servers find a place beside a pod that opens all it can. */
export function atMostFromOneAddress(most: number): (socket: Socket) => void {
  const counts = new Map<string, number>();
  return (socket) => {
    const { remoteAddress = "" } = socket;
    const count = (counts.get(remoteAddress) ?? 0) + 1;
    if (count > most) return void socket.destroy();
    counts.set(remoteAddress, count);
    socket.once("close", () => {
      const left = (counts.get(remoteAddress) ?? 1) - 1;
      if (left === 0) counts.delete(remoteAddress);
      else counts.set(remoteAddress, left);
    });
  };
}
