/** The states of a job, in the order it passes through them. No validator stands here: pages import it too. */
export const jobStates = [
  'queued',
  'dispatching',
  'preflight',
  'acting',
  'verifying',
  'unknown',
  'converted',
  'restored',
  'already',
  'partial',
  'refused',
  'failed',
  'stranded',
  'cancelled',
  'lost',
  'persisted',
  'unpersisted',
] as const
export type JobStateName = (typeof jobStates)[number]

/** How work on memory ends: what a device of a rollout may come to. */
export const endedMemoryStates = [
  'converted',
  'restored',
  'already',
  'partial',
  'refused',
  'failed',
  'stranded',
  'cancelled',
  'lost',
] as const satisfies readonly JobStateName[]

/** Nothing moves from these (server/jobs/transitions.ts, held equal by a test). `unknown` is none of them. */
export const endedJobStates = [
  ...endedMemoryStates,
  'persisted',
  'unpersisted',
] as const satisfies readonly JobStateName[]
export type EndedJobStateName = (typeof endedJobStates)[number]

/** Ends after which a plan serves no second time: the host is not what was planned any more, or may not be. */
export const carriedOutStates = [
  'converted',
  'restored',
  'persisted',
  'unpersisted',
  'already',
  'partial',
  'stranded',
  'lost',
] as const satisfies readonly EndedJobStateName[]
