import type { z } from 'zod'
import type { Prisma, Rollout as RolloutRow } from '@/prisma/generated/client'
import type { JobStateName } from '@/server/jobs/vocabulary'
import type { RolloutShare, requestPlanInput, ZoneName } from '@/server/plans/schema'
import {
  type PartialPolicy,
  type RolloutKind,
  rolloutKindOf,
  type SharePer,
  takesAway,
} from '@/server/plans/vocabulary'
import { SETTLE_MS } from '../machine/machine'
import type { HostRun, Item, Rollout } from '../machine/model'
import { goodItemStates } from '../machine/states'
import { mostChecked } from '../machine/tally'
import { policySchema } from '../policy'
import type { HostRunState, ItemState } from '../vocabulary'
import { allHosts, hostsOfTurn, tallyOthers } from './load-turn'

type Tx = Prisma.TransactionClient

/** A rollout with its row locked: nobody else decides about it in this transaction. */
export interface LockedRollout {
  id: string
  kind: RolloutKind
  /** What its devices are asked with. */
  asked: Omit<z.input<typeof requestPlanInput>, 'deviceId'>
  /** Of a share: how much of what. */
  share: RolloutShare | null
  approvedBy: string
  /** Until when hosts may begin; null where one person was enough. */
  approvalEndsAt: Date | null
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

interface HostRow {
  hostId: string
  wave: number
  state: HostRunState
  startedAt: Date | null
  acknowledged: boolean
  checked: boolean
  ready: boolean
  /** Since when it is in a quarantine that a fencing probe ends. */
  settlingSince: Date | null
  probing: boolean
}

interface ItemRow extends Omit<ItemParts, 'planId' | 'digest'> {
  id: string
  hostId: string
  state: ItemState
  planId: string | null
  digest: string | null
  retriesUsed: number
  retryAt: Date | null
  isAsLeft: boolean
  jobState: JobStateName | null
  causeCode: string | null
  goSent: boolean
  cancelRequested: boolean
  jobMessage: string | null
  jobNext: string | null
}

/**
 * Locks and reads it; waits for whoever has it. `extent`: all hosts of the list one by one, or those that one turn can
 * concern and the others counted (machine/tally.ts), which at ten thousand hosts is a hundred times less. Null when it does not
 * exist.
 */
export async function lockRollout(
  tx: Tx,
  rolloutId: string,
  extent: 'whole' | 'turn',
): Promise<LockedRollout | null> {
  const locked = await tx.$queryRaw<{ nowMs: number }[]>`
    SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"
    FROM "Rollout" WHERE id = ${rolloutId}::uuid FOR UPDATE`
  const nowMs = locked[0]?.nowMs
  if (nowMs === undefined) return null
  const row = await tx.rollout.findUniqueOrThrow({ where: { id: rolloutId } })
  const policy = policySchema.parse(row.policy)
  const checking = row.checkSince !== null
  // findFirst, for Prisma gathers findUnique calls of one instant into an IN over the key, which a boolean has not.
  const stop = await tx.fleetStop.findFirst()
  const named =
    extent === 'whole'
      ? allHosts(rolloutId)
      : hostsOfTurn(rolloutId, row.wave, policy.maxInFlightHosts, checking ? mostChecked : 0)
  const hosts = await tx.$queryRaw<HostRow[]>`
    SELECT r."hostId", r.wave, r.state::text, r."startedAt", r.acknowledged, r.checked,
      h.state = 'ready' AND NOT h."fenceDue" AS ready,
      CASE WHEN h.state = 'quarantined' AND h."fenceDue" THEN h."stateSince" END AS "settlingSince",
      h."probeRequestedAt" IS NOT NULL AS probing
    FROM "RolloutHost" r JOIN "Host" h ON h.id = r."hostId"
    WHERE r."rolloutId" = ${rolloutId}::uuid AND r."hostId" IN (${named}) ORDER BY r.position`
  const hostIds = hosts.map(({ hostId }) => hostId)
  const items = await tx.$queryRaw<ItemRow[]>`
    SELECT i.id, i."hostId", i."deviceId", i.state::text, i."planId", i.digest, i."jobId", i."retriesUsed",
      i."retryAt", i.message, i.next, CASE ${row.kind}
        WHEN 'restore' THEN d.driver IS NOT DISTINCT FROM 'device_dax' AND d."totalBlocks" = 0
        WHEN 'convert' THEN d.state = 'system_ram'
        ELSE d.driver IS NOT DISTINCT FROM 'kmem' AND d."onlineBytes" = j."onlineBytesAfter" END AS "isAsLeft", j.state::text AS "jobState",
      j."causeCode", j."goSentAt" IS NOT NULL AS "goSent", j."cancelRequestedAt" IS NOT NULL AS "cancelRequested",
      j.message AS "jobMessage", j.next AS "jobNext"
    FROM "RolloutItem" i JOIN "Device" d ON d.id = i."deviceId" LEFT JOIN "Job" j ON j.id = i."jobId"
    WHERE i."rolloutId" = ${rolloutId}::uuid AND i."hostId" = ANY(${hostIds}::uuid[])
      AND i.state NOT IN ('planning', 'planned', 'excluded')
    ORDER BY i.position`
  const rest = extent === 'whole' ? [] : await tallyOthers(tx, rolloutId, hostIds)
  const ofHost = new Map<string, ItemRow[]>(hosts.map(({ hostId }) => [hostId, []]))
  for (const item of items) ofHost.get(item.hostId)?.push(item)

  const isAsLeft = (hostId: string) =>
    (ofHost.get(hostId) ?? []).every((item) => !goodItemStates.has(item.state) || item.isAsLeft)
  return {
    id: row.id,
    kind: rolloutKindOf(row),
    asked: askedOf(row),
    share: shareOf(row),
    approvedBy: row.approvedBy ?? '',
    approvalEndsAt: row.approvalEndsAt,
    nowMs,
    parts: new Map(
      items.map((item) => [
        item.id,
        {
          deviceId: item.deviceId,
          planId: item.planId ?? '',
          digest: item.digest ?? '',
          jobId: item.jobId,
          message: item.jobMessage ?? item.message,
          next: item.jobNext ?? item.next,
        },
      ]),
    ),
    rollout: {
      state: row.state,
      reason: row.reason,
      policy,
      wave: row.wave,
      soakSinceMs: row.soakSince?.getTime() ?? null,
      checkSinceMs: row.checkSince?.getTime() ?? null,
      approvalEndsAtMs: row.approvalEndsAt?.getTime() ?? null,
      fleetStopPulled: stop?.pulled ?? null,
      rest,
      hosts: hosts.map(
        ({
          hostId,
          wave,
          state,
          startedAt,
          acknowledged,
          checked,
          ready,
          settlingSince,
          probing,
        }): HostRun => ({
          hostId,
          wave,
          state,
          startedAtMs: startedAt?.getTime() ?? null,
          acknowledged,
          checked,
          ready,
          settlesUntilMs: settlingSince === null ? null : settlingSince.getTime() + SETTLE_MS,
          // A probe that was asked for takes its mark away when it has ended, however it ended.
          health: !checking || probing ? null : ready && isAsLeft(hostId) ? 'healthy' : 'unhealthy',
          items: (ofHost.get(hostId) ?? []).map(toItem),
        }),
      ),
    },
  }
}

function askedOf(row: RolloutRow): LockedRollout['asked'] {
  const kind = rolloutKindOf(row)
  return takesAway(kind)
    ? { kind, onPartial: row.onPartial as PartialPolicy }
    : { kind, zone: row.zone as ZoneName }
}

function shareOf({ shareBytes: bytes, sharePer: per }: RolloutRow): RolloutShare | null {
  return bytes === null || per === null ? null : { bytes, per: per as SharePer }
}

function toItem({ id, state, retriesUsed, retryAt, jobState, ...job }: ItemRow): Item {
  const { causeCode, goSent, cancelRequested } = job
  return {
    itemId: id,
    state,
    retriesUsed,
    retryAtMs: retryAt?.getTime() ?? null,
    job: jobState === null ? null : { state: jobState, causeCode, goSent, cancelRequested },
  }
}
