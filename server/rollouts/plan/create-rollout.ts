import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { enqueue } from '@/server/lib/queue'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { takesAway } from '@/server/plans/vocabulary'
import type { createRolloutInput, createRolloutOutput } from '../schema'
import { readTargets } from '../targets/fleet-targets'
import { refusalOf, shownExclusions } from '../targets/preview'
import { resolveTargets } from '../targets/resolve'
import { parseSelector } from '../targets/selector'

/** Freezes what the selector names now and has it planned. A name that nobody bears is refused, and so is no match. */
export async function createRollout(
  ctx: Pick<ServiceContext, 'db' | 'pg' | 'actor'>,
  { name, selector: text, kind, zone, onPartial, share, policy }: z.infer<typeof createRolloutInput>,
): Promise<z.infer<typeof createRolloutOutput>> {
  const parsed = parseSelector(text)
  if (!parsed.ok) return { type: 'fault', fault: parsed.fault }
  const resolved = resolveTargets(parsed.selector, await readTargets(ctx.pg), { kind, share })
  const { targets, exclusions } = resolved
  const refusal = refusalOf(resolved)
  if (refusal !== null)
    return { type: 'refused', ...refusal, exclusions: exclusions.slice(0, shownExclusions) }
  const id = randomUUID()
  await ctx.db.$transaction(async (tx) => {
    await tx.rollout.create({
      data: {
        id,
        name,
        selector: text,
        kind,
        zone: zone ?? null,
        onPartial: takesAway(kind) ? (onPartial ?? 'roll_back') : null,
        shareBytes: share?.bytes ?? null,
        sharePer: share?.per ?? null,
        policy,
        exclusions: exclusions.map((each) => ({ ...each })),
        createdBy: ctx.actor.id,
      },
    })
    // One statement each, whatever the number: Prisma's own way takes seconds for ten thousand.
    await tx.$executeRaw`
      INSERT INTO "RolloutHost" ("rolloutId", "hostId", position)
      SELECT ${id}::uuid, host, nr - 1 FROM unnest(${targets.map(({ host }) => host.hostId)}::uuid[])
        WITH ORDINALITY AS listed(host, nr)`
    const items = targets.flatMap(({ host, devices }) =>
      devices.map(({ deviceId, shareBytes }, position) => ({
        hostId: host.hostId,
        deviceId,
        position,
        shareBytes,
      })),
    )
    await tx.$executeRaw`
      INSERT INTO "RolloutItem" (id, "rolloutId", "hostId", "deviceId", position, "shareBytes")
      SELECT gen_random_uuid(), ${id}::uuid, host, device, position, nullif(share, 0)
      FROM unnest(${items.map(({ hostId }) => hostId)}::uuid[], ${items.map(({ deviceId }) => deviceId)}::uuid[],
        ${items.map(({ position }) => position)}::int[], ${items.map(({ shareBytes }) => String(shareBytes ?? 0n))}::bigint[])
        AS listed(host, device, position, share)`
    await recordAudit(tx, ctx.actor, 'rollout.created', 'rollout', id, {
      name,
      kind,
      ...(share === undefined ? {} : { shareBytes: String(share.bytes), sharePer: share.per }),
      selector: text,
      hosts: targets.length,
      devices: items.length,
      left_out: exclusions.length,
    })
    await recordEvent(tx, 'rollout', id)
    await enqueue(tx, 'rollout', { rolloutId: id }, { jobKey: `rollout:${id}` })
  }, transactionLimits)
  return { type: 'created', rolloutId: id }
}
