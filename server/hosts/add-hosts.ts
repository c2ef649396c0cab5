import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Prisma } from '@/prisma/generated/client'
import { recordAudits } from '@/server/audit/record'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { wakeForProbes } from './request-probe'
import type { addHostsOutput } from './schema'
import type { NewHost } from './schemas/fields'
import { TakenNames } from './taken-names'

type Outcome = z.infer<typeof addHostsOutput>
type Tx = Prisma.TransactionClient

/** With the name of the host it is reached through, of the fleet or among those that are added with it. */
type AddedHost = NewHost & { jumpHost?: string | null }

/** Saves all hosts and asks for a probe of each, or, with any conflict, none. `row` counts from 1 in the order given. */
export async function addHosts(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  input: { credentialId: string; hosts: readonly AddedHost[] },
): Promise<Outcome> {
  const hosts = input.hosts.map((host) => ({ ...host, address: host.address.toLowerCase() }))
  const add = () =>
    ctx.db.$transaction((tx) => addInTransaction(tx, ctx, input.credentialId, hosts), transactionLimits)
  // Two people adding the same host at the same moment: the second try sees what the first person saved.
  return add().catch((error: unknown) => (error instanceof Taken ? add() : Promise.reject(error)))
}

/** Somebody else saved one of the hosts since they were compared. */
class Taken extends Error {}

async function addInTransaction(
  tx: Tx,
  ctx: Pick<ServiceContext, 'actor'>,
  credentialId: string,
  hosts: readonly AddedHost[],
): Promise<Outcome> {
  const credential = await tx.credential.findUnique({ where: { id: credentialId }, select: { name: true } })
  if (credential === null) throw notFound('SSH key')
  const conflicts = conflictsOf(hosts, await knownHosts(tx))
  if (conflicts.length > 0) return { type: 'conflicts', conflicts }
  const rows = hosts.map((host) => ({ id: randomUUID(), credentialId, jumpHost: null, ...host }))
  const hostIds = rows.map((row) => row.id)
  if ((await insertRows(tx, rows)) < rows.length) throw new Taken()
  await setJumpHosts(tx, rows)
  const audits = rows.map(({ id, name, address, port, username, jumpHost }) => ({
    id,
    detail: { name, address, port, username, credential: credential.name, ...(jumpHost ? { jumpHost } : {}) },
  }))
  await recordAudits(tx, ctx.actor, 'host.added', 'host', audits)
  await wakeForProbes(tx, hostIds)
  return { type: 'added', hostIds }
}

/** How many could be: one statement for any number, since Prisma takes seconds for ten thousand. */
function insertRows(
  tx: Tx,
  rows: readonly (NewHost & { id: string; credentialId: string })[],
): Promise<number> {
  const column = <T>(value: (row: (typeof rows)[number]) => T) => rows.map(value)
  return tx.$executeRaw`
    INSERT INTO "Host" (id, name, address, port, username, labels, "credentialId", "probeRequestedAt")
    SELECT id, name, address, port, username, labels::jsonb, credential, ${new Date()}
    FROM unnest(${column(({ id }) => id)}::uuid[], ${column(({ name }) => name)}::text[],
      ${column(({ address }) => address)}::text[], ${column(({ port }) => port)}::int[],
      ${column(({ username }) => username)}::text[], ${column(({ labels }) => JSON.stringify(labels))}::text[],
      ${column(({ credentialId }) => credentialId)}::uuid[])
      AS row(id, name, address, port, username, labels, credential)
    ON CONFLICT DO NOTHING`
}

async function setJumpHosts(
  tx: Tx,
  rows: readonly { id: string; name: string; jumpHost: string | null }[],
): Promise<void> {
  const led = rows.flatMap(({ id, jumpHost }) => (jumpHost === null ? [] : [{ id, jumpHost }]))
  if (led.length === 0) return
  const set = await tx.$executeRaw`
    UPDATE "Host" SET "jumpHostId" = jump.id
    FROM unnest(${led.map(({ id }) => id)}::uuid[], ${led.map(({ jumpHost }) => jumpHost)}::text[]) AS led(id, name)
      JOIN "Host" jump ON jump.name = led.name
    WHERE "Host".id = led.id`
  // Removed since it was looked for: the second try tells which row is left without its way.
  if (set < led.length) throw new Taken()
}

/** Names and addresses the fleet holds, to compare new ones with, and what each is reached through. */
export async function knownHosts(db: Pick<Tx, 'host'>) {
  const hosts = await db.host.findMany({
    select: { name: true, address: true, port: true, jumpHost: { select: { name: true } } },
  })
  return hosts.map(({ jumpHost, ...host }) => ({ ...host, jumpHost: jumpHost?.name ?? null }))
}

function conflictsOf(hosts: readonly NewHost[], known: Awaited<ReturnType<typeof knownHosts>>) {
  const taken = new TakenNames(known)
  const conflicts: { row: number; name: string; message: string }[] = []
  for (const [index, host] of hosts.entries()) {
    const clash = taken.clashOf(host)
    if (clash === null) taken.add(host, `row ${index + 1}`)
    else conflicts.push({ row: index + 1, name: host.name, message: clash.reason })
  }
  return conflicts
}
