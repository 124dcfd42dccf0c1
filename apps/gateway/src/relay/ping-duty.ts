/**
 * Whose answer a caller's PING asks for, the runtime's or ours.
 *
 * A client written with grpc-go sends one whenever an answer's DATA begins to arrive (internal/transport/bdp_estimator.go).
 * A server written with it ends the connection for the third that none of its own answers called for, and for those that
 * come while it has no call at all (http2_server.go, handlePing: `too_many_pings`). Answers that are given here, and
 * calls that wait here, must not be charged to a connection on which the runtime sees nothing but PINGs.
 */
export class PingDuty {
  #runtimeAnswered = false;
  #answeredHere = false;

  /** HEADERS or DATA of the runtime's are on their way to the caller. */
  runtimeAnswers(): void {
    this.#runtimeAnswered = true;
  }

  /** HEADERS or DATA of ours are. */
  answersHere(): void {
    this.#answeredHere = true;
  }

  /**
   * Decides about the next PING. One that nothing called for is the runtime's, to count as it likes.
   * @param onlyCallsHere - the caller has calls open, and the runtime knows of none of them
   */
  isOurs(onlyCallsHere: boolean): boolean {
    const ours = !this.#runtimeAnswered && (this.#answeredHere || onlyCallsHere);
    this.#runtimeAnswered = false;
    this.#answeredHere = false;
    return ours;
  }
}
