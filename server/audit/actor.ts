/**
 * Who does something. A person's id is the e-mail address they sign in with (unique, and readable in an audit row for
 * ever), a worker's the name it holds leases under.
 */
export interface Actor {
  kind: 'user' | 'worker' | 'system'
  id: string
  /** Where a request came from; absent for what comes from none. */
  from?: Origin
}

/** Of a request, for the audit log: claims of the client, cleaned and bounded, which decide nothing. */
export interface Origin {
  clientAddress: string | null
  userAgent: string | null
  /** The API token it was made with. */
  tokenId: string | null
}

/** For what nobody in particular asked for: sweeps, start-up, the command line. */
export const systemActor: Actor = { kind: 'system', id: 'daxfleet' }
