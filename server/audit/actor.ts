/**
 * Who does something. A person's id is the e-mail address they sign in with (unique, and readable in an audit row for
 * ever), a worker's the name it holds leases under.
 */
export interface Actor {
  kind: 'user' | 'worker' | 'system'
  id: string
}

/** For what nobody in particular asked for: sweeps, start-up, the command line. */
export const systemActor: Actor = { kind: 'system', id: 'daxfleet' }
