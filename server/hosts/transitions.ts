import type { Host, Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { type Deed, recordDeeds } from '@/server/audit/record'
import { recordEvent, recordEvents } from '@/server/events/record'
import type { HostStateName } from './vocabulary'

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

// Without the inspection, which is as large as all the rest a hundred times over.
const lockedColumns = [
  'id',
  'name',
  'address',
  'port',
  'username',
  'labels',
  'credentialId',
  'jumpHostId',
  'state',
  'stateMessage',
  'stateNext',
  'fenceDue',
  'foreignToken',
  'machineId',
  'probeRequestedAt',
  'floorBytes',
  'floorPercent',
] as const satisfies readonly (keyof Host)[]
export type LockedHost = Pick<Host, (typeof lockedColumns)[number]>

const lock = `SELECT ${lockedColumns.map((column) => `"${column}"`).join(', ')} FROM "Host"
  WHERE id = $1::uuid FOR UPDATE`

/** Takes the host's row for this transaction. Null when the host was removed. */
export async function lockHost(tx: Tx, hostId: string): Promise<LockedHost | null> {
  return (await tx.$queryRawUnsafe<LockedHost[]>(lock, hostId))[0] ?? null
}

/**
 * A host's state is written here, and where a reading of it is (write-reading.ts). `data` are columns that change along
 * with it. An audit row stands for every change of state (a new message alone is none), an event for every call.
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
    // Else all of the row comes back, its inspection included.
    select: { id: true },
  })
  await recordDeeds(tx, actor, stateDeeds(host, to))
  await recordEvent(tx, 'host', host.id)
}

/** What the log tells of a host that moves: nothing where its state stays. */
export function stateDeeds(
  { id, name, state: from }: { id: string; state: HostStateName; name: string },
  { state: to, message }: HostStatus,
): Deed[] {
  if (from === to) return []
  return [{ action: 'host.state', subjectKind: 'host', subjectId: id, detail: { name, from, to, message } }]
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
  await recordDeeds(
    tx,
    actor,
    changed.flatMap((host) => stateDeeds(host, to)),
  )
  await recordEvents(tx, 'host', ids)
}
