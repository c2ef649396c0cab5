import { z } from 'zod'

/** Ids only: a page refetches what it shows. */
export const eventSchema = z.object({
  id: z.string(),
  /** `journal`: a job has new lines, and nothing else of it changed. */
  topic: z.enum(['host', 'job', 'journal', 'plan', 'fleet', 'rollout']),
  subjectId: z.string(),
})
export type FleetEvent = z.infer<typeof eventSchema>

/** `subjectId` of a fleet event that says: somebody's session, role or account changed; whoever listens is looked at again. */
export const ACCESS = 'access'

/** `subjectId` of a fleet event that says: what waits for a second person, or the policy of it, changed. */
export const APPROVALS = 'approvals'

/** `subjectId` of a fleet event that says: anything may have changed, read again whatever is shown. */
export const RESYNC = 'resync'
