import type { PlanItem } from '@/agents/protocol'

/** A job with the plan item its approval covers. */
export interface LoadedJob {
  id: string
  hostId: string
  digest: string
  item: PlanItem
  attempts: number
  installationId: string
}
