import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { enqueue } from '@/server/lib/queue'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { readTargets } from './fleet-targets'
import type { createRolloutInput, createRolloutOutput, previewOutput } from './schema'
import { parseSelector } from './selector'
import { resolveTargets } from './targets'

/** What a selector names now, and what of it would be left out; nothing is saved. */
export async function previewTargets(
  ctx: Pick<ServiceContext, 'pg'>,
  text: string,
): Promise<z.infer<typeof previewOutput>> {
  const parsed = parseSelector(text)
  if (!parsed.ok) return { type: 'fault', fault: parsed.fault }
  const { targets, exclusions, unknownHosts } = resolveTargets(parsed.selector, await readTargets(ctx.pg))
  const devices = targets.flatMap(({ host, devices: taken }) =>
    taken.map(({ deviceId, daxName, kind, sizeBytes, usableBytes }) => ({
      hostId: host.hostId,
      hostName: host.name,
      ...{ deviceId, daxName, kind, sizeBytes, usableBytes },
    })),
  )
  return { type: 'resolved', hosts: targets.length, devices, exclusions, unknownHosts }
}

/** Freezes what the selector names now and has it planned. A name that nobody bears is refused, and so is no match. */
export async function createRollout(
  ctx: Pick<ServiceContext, 'db' | 'pg' | 'actor'>,
  { name, selector: text, zone, policy }: z.infer<typeof createRolloutInput>,
): Promise<z.infer<typeof createRolloutOutput>> {
  const parsed = parseSelector(text)
  if (!parsed.ok) return { type: 'fault', fault: parsed.fault }
  const { targets, exclusions, unknownHosts } = resolveTargets(parsed.selector, await readTargets(ctx.pg))
  const refuse = (message: string, next: string) => ({ type: 'refused' as const, message, next, exclusions })
  if (unknownHosts.length > 0) {
    const some = unknownHosts.slice(0, 5).join(', ')
    const more = unknownHosts.length > 5 ? ` and ${unknownHosts.length - 5} more` : ''
    return refuse(`No host is called ${some}${more}.`, 'Correct the names, or add the hosts first.')
  }
  if (targets.length === 0) {
    return exclusions.length === 0
      ? refuse('The selector matches no device.', 'Look at the hosts page for what there is.')
      : refuse(
          `Everything it matches is left out: ${exclusions.length} of ${exclusions.length}.`,
          'Look at the reasons.',
        )
  }
  const id = randomUUID()
  await ctx.db.$transaction(async (tx) => {
    await tx.rollout.create({
      data: {
        id,
        name,
        selector: text,
        zone,
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
      devices.map(({ deviceId }, position) => ({ hostId: host.hostId, deviceId, position })),
    )
    await tx.$executeRaw`
      INSERT INTO "RolloutItem" (id, "rolloutId", "hostId", "deviceId", position)
      SELECT gen_random_uuid(), ${id}::uuid, host, device, position
      FROM unnest(${items.map(({ hostId }) => hostId)}::uuid[], ${items.map(({ deviceId }) => deviceId)}::uuid[],
        ${items.map(({ position }) => position)}::int[]) AS listed(host, device, position)`
    await recordAudit(tx, ctx.actor, 'rollout.created', 'rollout', id, {
      name,
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
