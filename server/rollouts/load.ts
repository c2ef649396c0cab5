import type { Prisma } from '@/prisma/generated/client'
import type { ZoneName } from '@/server/plans/schema'
import type { HostRun, Item, Rollout } from './model'
import { policySchema } from './policy'

type Tx = Prisma.TransactionClient

/** A rollout with its row locked: nobody else decides about it in this transaction. */
export interface LockedRollout {
  id: string
  zone: ZoneName
  approvedBy: string
  /** The database's clock. */
  nowMs: number
  rollout: Rollout
  /** What carrying out a decision needs beside it, by item. */
  parts: ReadonlyMap<string, ItemParts>
}

interface ItemParts {
  deviceId: string
  planId: string
  digest: string
  jobId: string | null
  message: string
  next: string
}

const stillConverted: ReadonlySet<string> = new Set(['system_ram'])

/** Locks and reads it; waits for whoever has it. Null when it does not exist. */
export async function lockRollout(tx: Tx, rolloutId: string): Promise<LockedRollout | null> {
  const locked = await tx.$queryRaw<{ nowMs: number }[]>`
    SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"
    FROM "Rollout" WHERE id = ${rolloutId}::uuid FOR UPDATE`
  const nowMs = locked[0]?.nowMs
  if (nowMs === undefined) return null
  const row = await tx.rollout.findUniqueOrThrow({ where: { id: rolloutId } })
  // findFirst, for Prisma gathers findUnique calls of one instant into an IN over the key, which a boolean has not.
  const stop = await tx.fleetStop.findFirst()
  const hosts = await tx.rolloutHost.findMany({
    where: { rolloutId, wave: { not: null } },
    orderBy: { position: 'asc' },
    include: { host: { select: { state: true, fenceDue: true, probeRequestedAt: true } } },
  })
  const items = await tx.rolloutItem.findMany({
    where: { rolloutId, state: { notIn: ['planning', 'planned', 'excluded'] } },
    orderBy: { position: 'asc' },
    include: {
      device: { select: { state: true } },
      job: {
        select: {
          state: true,
          causeCode: true,
          goSentAt: true,
          cancelRequestedAt: true,
          message: true,
          next: true,
        },
      },
    },
  })
  const ofHost = new Map<string, typeof items>()
  for (const item of items) ofHost.set(item.hostId, [...(ofHost.get(item.hostId) ?? []), item])

  const isAsConverted = (hostId: string) =>
    (ofHost.get(hostId) ?? []).every(
      ({ state, device }) =>
        (state !== 'converted' && state !== 'already') || stillConverted.has(device.state),
    )
  const checking = row.checkSince !== null
  return {
    id: row.id,
    zone: row.zone as ZoneName,
    approvedBy: row.approvedBy ?? '',
    nowMs,
    parts: new Map(
      items.map((item) => [
        item.id,
        {
          deviceId: item.deviceId,
          planId: item.planId ?? '',
          digest: item.digest ?? '',
          jobId: item.jobId,
          message: item.job?.message ?? item.message,
          next: item.job?.next ?? item.next,
        },
      ]),
    ),
    rollout: {
      state: row.state,
      reason: row.reason,
      policy: policySchema.parse(row.policy),
      wave: row.wave,
      soakSinceMs: row.soakSince?.getTime() ?? null,
      checkSinceMs: row.checkSince?.getTime() ?? null,
      fleetStopPulled: stop?.pulled ?? null,
      hosts: hosts.map(({ hostId, wave, state, startedAt, acknowledged, checked, host }): HostRun => {
        const isReady = host.state === 'ready' && !host.fenceDue
        // A probe that was asked for takes its mark away when it has ended, however it ended.
        const answered = checking && host.probeRequestedAt === null
        return {
          hostId,
          wave: wave ?? 0,
          state,
          startedAtMs: startedAt?.getTime() ?? null,
          acknowledged,
          checked,
          ready: isReady,
          health: answered ? (isReady && isAsConverted(hostId) ? 'healthy' : 'unhealthy') : null,
          items: (ofHost.get(hostId) ?? []).map(
            ({ id, state: itemState, retriesUsed, retryAt, job }): Item => ({
              itemId: id,
              state: itemState,
              retriesUsed,
              retryAtMs: retryAt?.getTime() ?? null,
              job:
                job === null
                  ? null
                  : {
                      state: job.state,
                      causeCode: job.causeCode,
                      goSent: job.goSentAt !== null,
                      cancelRequested: job.cancelRequestedAt !== null,
                    },
            }),
          ),
        }
      }),
    },
  }
}
