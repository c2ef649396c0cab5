/** Who acts for a host and since which epoch: half of the fencing token that the host compares. */
export interface LeaseToken {
  holder: string
  epoch: bigint
}

/** One row a host. Time is the store's own; no process compares clocks. */
export interface LeaseStore {
  /** The new epoch, higher than any before; null while somebody (this process included) holds the host. */
  takeLease(hostId: string, holder: string, ttlMs: number): Promise<bigint | null>
  /** False when the lease has expired or went to another: stop acting for the host at once. */
  renewLease(hostId: string, token: LeaseToken, ttlMs: number): Promise<boolean>
  /** Frees the host for the next holder; false when it was no longer held. */
  releaseLease(hostId: string, token: LeaseToken): Promise<boolean>
}
