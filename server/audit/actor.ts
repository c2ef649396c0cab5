/** Who does something: a person (id = user id), a worker process (id = its holder name), or Daxfleet itself. */
export interface Actor {
  kind: 'user' | 'worker' | 'system'
  id: string
}

/** For what nobody in particular asked for: migrations, sweeps, start-up. */
export const systemActor: Actor = { kind: 'system', id: 'daxfleet' }
