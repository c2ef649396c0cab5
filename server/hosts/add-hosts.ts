import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { Prisma } from '@/prisma/generated/client'
import { recordAudits } from '@/server/audit/record'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { TakenNames } from './parse-hosts'
import { wakeForProbes } from './request-probe'
import type { addHostsInput, addHostsOutput, NewHost } from './schema'

type Outcome = z.infer<typeof addHostsOutput>
type Tx = Prisma.TransactionClient

/** Saves all hosts and asks for a probe of each, or, with any conflict, none. `row` counts from 1 in the order given. */
export async function addHosts(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  input: z.infer<typeof addHostsInput>,
): Promise<Outcome> {
  const hosts = input.hosts.map((host) => ({ ...host, address: host.address.toLowerCase() }))
  const add = () =>
    ctx.db.$transaction(async (tx) => addInTransaction(tx, ctx, input.credentialId, hosts), transactionLimits)
  // Two people adding the same host at the same moment: the second try sees what the first person saved.
  return add().catch((error: unknown) => (isTaken(error) ? add() : Promise.reject(error)))
}

async function addInTransaction(
  tx: Tx,
  ctx: Pick<ServiceContext, 'actor'>,
  credentialId: string,
  hosts: readonly NewHost[],
): Promise<Outcome> {
  const credential = await tx.credential.findUnique({ where: { id: credentialId }, select: { name: true } })
  if (credential === null) throw notFound('SSH key')
  const conflicts = conflictsOf(hosts, await knownHosts(tx))
  if (conflicts.length > 0) return { type: 'conflicts', conflicts }
  const rows = hosts.map((host) => ({ id: randomUUID(), credentialId, ...host }))
  const hostIds = rows.map((row) => row.id)
  await tx.host.createMany({ data: rows.map((row) => ({ ...row, probeRequestedAt: new Date() })) })
  const audits = rows.map(({ id, name, address, port, username }) => ({
    id,
    detail: { name, address, port, username, credential: credential.name },
  }))
  await recordAudits(tx, ctx.actor, 'host.added', 'host', audits)
  await wakeForProbes(tx, hostIds)
  return { type: 'added', hostIds }
}

/** Names and addresses the fleet holds, to compare new ones with. */
export function knownHosts(db: Pick<Tx, 'host'>) {
  return db.host.findMany({ select: { name: true, address: true, port: true } })
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

function isTaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}
