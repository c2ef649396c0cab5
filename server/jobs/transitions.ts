import type { JobStateName } from './schema'

/** Ends that need no `go`: the agent found things so, and wrote nothing. */
const endsBeforeGo = ['already', 'partial', 'refused', 'failed', 'stranded', 'cancelled'] as const
const endsAfterGo = ['converted', 'restored', 'persisted', 'unpersisted', ...endsBeforeGo] as const

/**
 * Every move a job may make; what is not here cannot happen, whoever asks. Back to `queued` is possible only
 * before `go`: nothing was written then, and the agent cancels by itself.
 */
const moves: Readonly<Record<JobStateName, readonly JobStateName[]>> = {
  queued: ['dispatching', 'cancelled'],
  dispatching: ['preflight', 'queued', ...endsBeforeGo],
  preflight: ['acting', 'queued', ...endsBeforeGo],
  acting: ['verifying', 'unknown', ...endsAfterGo],
  // Back to acting when its process died while it verified, and another took the job up.
  verifying: ['acting', 'unknown', ...endsAfterGo],
  unknown: ['acting', 'lost', ...endsAfterGo],
  converted: [],
  restored: [],
  persisted: [],
  unpersisted: [],
  already: [],
  partial: [],
  refused: [],
  failed: [],
  stranded: [],
  cancelled: [],
  lost: [],
}

/** States from which no `go` has been sent: a job here can go back, or be cancelled at once. */
export const statesBeforeGo: readonly JobStateName[] = ['dispatching', 'preflight']
/** States in which the host may be writing. */
export const statesAfterGo: readonly JobStateName[] = ['acting', 'verifying']

export function canMove(from: JobStateName, to: JobStateName): boolean {
  return moves[from].includes(to)
}

/** The states a job may be in just before `to`: what a guarded UPDATE asks for. */
export function statesBefore(to: JobStateName): JobStateName[] {
  return (Object.keys(moves) as JobStateName[]).filter((from) => canMove(from, to))
}

/** True for converted, failed and the like: nothing moves from here. */
export function isEnded(state: JobStateName): boolean {
  return moves[state].length === 0
}
