/** A charge as the log's index keeps it. */
export interface ChargeRow {
  /** What is charged once: UID of a request, or `<plan UID>/<step>`. */
  key: string;
  /** Id of the root agent, who pays. */
  agent: string;
  /** When it was charged, epoch ms. */
  time: number;
  /** Place among the agent's charges of that millisecond, from 0. */
  nth: number;
  /** Cumulative risk that was added. */
  score: number;
  /** Counts for the circuit breaker. */
  denied: boolean;
  /** Turned away by the rate limit or the breaker: counts nowhere. */
  refused: boolean;
}
