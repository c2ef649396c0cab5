import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudit, recordAudits } from '@/server/audit/record'
import { recordEvent, recordEvents } from '@/server/events/record'
import type { HostStateName } from './schema'

export interface HostStatus {
  state: HostStateName
  /** What is so, in a sentence, and the one next action; both empty when ready. */
  message: string
  next: string
}

type Tx = Prisma.TransactionClient

/** Columns of a host that has just answered. */
export function reached() {
  return { lastSeenAt: new Date(), contactFailedAt: null, contactMessage: '', contactNext: '' }
}

/** Takes the host's row for this transaction. Null when the host was removed. */
export async function lockHost(tx: Tx, hostId: string) {
  const rows = await tx.$queryRaw<
    { id: string }[]
  >`SELECT id FROM "Host" WHERE id = ${hostId}::uuid FOR UPDATE`
  return rows.length === 0 ? null : tx.host.findUniqueOrThrow({ where: { id: hostId } })
}

/**
 * The only way a host's state is written. `data` are columns that change along with it. An audit row stands for every
 * change of state (a new message alone is none), an event for every call.
 */
export async function moveHost(
  tx: Tx,
  actor: Actor,
  host: { id: string; state: HostStateName; name: string },
  to: HostStatus,
  data: Prisma.HostUncheckedUpdateInput = {},
): Promise<void> {
  const changed = host.state !== to.state
  await tx.host.update({
    where: { id: host.id },
    data: {
      ...data,
      state: to.state,
      stateMessage: to.message,
      stateNext: to.next,
      ...(changed ? { stateSince: new Date() } : {}),
    },
  })
  if (changed)
    await recordAudit(tx, actor, 'host.state', 'host', host.id, {
      name: host.name,
      from: host.state,
      to: to.state,
      message: to.message,
    })
  await recordEvent(tx, 'host', host.id)
}

/** As moveHost, for many hosts that come to the same state; the caller holds their rows. */
export async function moveHosts(
  tx: Tx,
  actor: Actor,
  hosts: readonly { id: string; state: HostStateName; name: string }[],
  to: HostStatus,
): Promise<void> {
  const ids = hosts.map(({ id }) => id)
  const status = { state: to.state, stateMessage: to.message, stateNext: to.next }
  const changed = hosts.filter(({ state }) => state !== to.state)
  await tx.host.updateMany({ where: { id: { in: ids } }, data: status })
  await tx.host.updateMany({
    where: { id: { in: changed.map(({ id }) => id) } },
    data: { stateSince: new Date() },
  })
  const audits = changed.map(({ id, name, state }) => ({
    id,
    detail: { name, from: state, to: to.state, message: to.message },
  }))
  if (audits.length > 0) await recordAudits(tx, actor, 'host.state', 'host', audits)
  await recordEvents(tx, 'host', ids)
}
