import type { PlanItem, PlanResult } from '@/agents/protocol'
import { installationId } from '@/server/lib/installation'
import type { WorkerContext } from './context'

export interface LoadedJob {
  id: string
  hostId: string
  digest: string
  item: PlanItem
  attempts: number
  installationId: string
}

/** The job with the plan item its approval covers. Throws when they are not there: then nobody approved anything. */
export async function loadJob(ctx: WorkerContext, jobId: string): Promise<LoadedJob> {
  const job = await ctx.db.job.findUniqueOrThrow({ where: { id: jobId }, include: { plan: true } })
  const item = (job.plan.result as unknown as PlanResult | null)?.item ?? null
  if (item === null) throw new Error(`Job ${jobId} has a plan without an item.`)
  return {
    id: job.id,
    hostId: job.hostId,
    digest: job.digest,
    item,
    attempts: job.attempts,
    installationId: await installationId(ctx.db),
  }
}
