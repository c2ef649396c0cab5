import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { lockHost } from '@/server/hosts/transitions'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { columnsOf, floorBytesOf, floorOf, floorText } from './floor'
import { readFleetRoom, readFloors } from './queries'
import type { Floor, Floors, HostFloor, setFloorsInput, setHostFloorInput } from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

/** The floors as they stand, and how far the fleet is from its own. */
export async function getFloors({ db }: Pick<Ctx, 'db'>): Promise<Floors> {
  const [floors, room, ownFloors] = await Promise.all([
    readFloors(db),
    readFleetRoom(db),
    db.host.count({ where: { OR: [{ floorBytes: { not: null } }, { floorPercent: { not: null } }] } }),
  ])
  return { ...floors, room, ownFloors }
}

/** Sets what holds for every host and for the fleet. Plans that were made before keep the floor they were made with. */
export async function setFloors(ctx: Ctx, { host, fleet }: z.infer<typeof setFloorsInput>): Promise<Floors> {
  await ctx.db.$transaction(async (tx) => {
    const before = await readFloors(tx)
    if (isSame(before.host, host) && isSame(before.fleet, fleet)) return
    const [ofHost, ofFleet] = [columnsOf(host), columnsOf(fleet)]
    await tx.capacityFloor.update({
      where: { singleton: true },
      data: {
        hostBytes: ofHost.bytes,
        hostPercent: ofHost.percent,
        fleetBytes: ofFleet.bytes,
        fleetPercent: ofFleet.percent,
        changedBy: ctx.actor.id,
        changedAt: new Date(),
      },
    })
    await recordAudit(tx, ctx.actor, 'fleet.floor_changed', 'fleet', 'floor', {
      every_host: `${floorText(before.host)} → ${floorText(host)}`,
      fleet: `${floorText(before.fleet)} → ${floorText(fleet)}`,
    })
    await recordEvent(tx, 'fleet', 'floor')
  }, transactionLimits)
  return getFloors(ctx)
}

/** The floor that holds for a host: its own, or that of every host. Throws DomainError when there is no such host. */
export async function getHostFloor({ db }: Pick<Ctx, 'db'>, hostId: string): Promise<HostFloor> {
  const row = await db.host.findUnique({
    where: { id: hostId },
    select: { floorBytes: true, floorPercent: true, memTotalBytes: true },
  })
  if (row === null) throw notFound('host')
  const own = floorOf(row.floorBytes, row.floorPercent)
  const floor = own ?? (await readFloors(db)).host
  return {
    own,
    floor,
    floorBytes: row.memTotalBytes === null ? null : floorBytesOf(floor, row.memTotalBytes),
  }
}

/** Gives a host a floor of its own, or (null) takes it away again. */
export async function setHostFloor(
  ctx: Ctx,
  { hostId, floor }: z.infer<typeof setHostFloorInput>,
): Promise<HostFloor> {
  await ctx.db.$transaction(async (tx) => {
    const host = await lockHost(tx, hostId)
    if (host === null) throw notFound('host')
    const before = floorOf(host.floorBytes, host.floorPercent)
    if (isSame(before, floor)) return
    const { bytes, percent } = columnsOf(floor)
    await tx.host.update({ where: { id: hostId }, data: { floorBytes: bytes, floorPercent: percent } })
    await recordAudit(tx, ctx.actor, 'host.floor_changed', 'host', hostId, {
      name: host.name,
      floor: `${floorText(before)} → ${floorText(floor)}`,
    })
    await recordEvent(tx, 'host', hostId)
  }, transactionLimits)
  return getHostFloor(ctx, hostId)
}

function isSame(a: Floor | null, b: Floor | null): boolean {
  return floorText(a) === floorText(b)
}
