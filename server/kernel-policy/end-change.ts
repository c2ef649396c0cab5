import type { Actor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { requestProbe } from '@/server/hosts/request-probe'
import { storableText } from '@/server/hosts/untrusted'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'

type Ctx = Pick<ServiceContext, 'db'> & { actor: Actor }

export interface ChangeEnd {
  state: 'done' | 'refused' | 'failed' | 'unknown'
  /** What the kernel read after the write; null where it was not read. */
  readBack: string | null
  message: string
  next: string
}

/** Ends a change that is open, once: with its audit row, and a look at the host for its pages. */
export async function endChange(ctx: Ctx, changeId: string, end: ChangeEnd): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    const readBack = end.readBack === null ? null : storableText(end.readBack)
    const data = { ...end, readBack, endedAt: new Date() }
    const { count } = await tx.policyChange.updateMany({ where: { id: changeId, state: 'requested' }, data })
    if (count === 0) return
    const { hostId, fromPolicy, toPolicy } = await tx.policyChange.findUniqueOrThrow({
      where: { id: changeId },
    })
    await recordAudit(tx, ctx.actor, `host.policy_${AUDITED[end.state]}`, 'host', hostId, {
      setting: 'auto_online_blocks',
      from: fromPolicy,
      to: toPolicy,
      ...(readBack === null ? {} : { read_back: readBack }),
      message: end.message,
    })
    await recordEvent(tx, 'host', hostId)
    // What the pages show of the host is what a look at it reads, whatever came of this.
    if (end.state !== 'failed') await requestProbe(tx, hostId)
  }, transactionLimits)
}

const AUDITED = { done: 'changed', refused: 'refused', failed: 'not_changed', unknown: 'unknown' } as const

/** Changes that have no end yet; `late` where somebody has waited too long for it to be done still. */
export async function listOpenChanges(
  db: ServiceContext['db'],
  givenUpMs: number,
  limit: number,
): Promise<{ changeId: string; late: boolean }[]> {
  return db.$queryRaw`
    SELECT id AS "changeId", "createdAt" < now() - ${givenUpMs}::float8 * interval '1 millisecond' AS late
    FROM "PolicyChange" WHERE state = 'requested' ORDER BY "createdAt" LIMIT ${limit}`
}

/** Nobody carried it out in time, or nobody lived to tell. */
export async function giveUpChange(ctx: Ctx, changeId: string): Promise<void> {
  const change = await ctx.db.policyChange.findUnique({ where: { id: changeId } })
  if (change === null) return
  await endChange(
    ctx,
    changeId,
    change.sentAt === null
      ? {
          state: 'failed',
          readBack: null,
          message: 'No worker could tell the host in time. Nothing was written.',
          next: 'See that a worker runs and that no run holds the host, then ask again.',
        }
      : {
          state: 'unknown',
          readBack: null,
          message: 'The host was told, and its answer was lost.',
          next: 'Look at what the kernel reads now: the host is being probed.',
        },
  )
}
