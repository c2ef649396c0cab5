import type { z } from 'zod'
import type { Prisma } from '@/prisma/generated/client'
import { refuseLeaving } from '@/server/approvals/leave'
import { recordAudits } from '@/server/audit/record'
import type { Principal } from '@/server/auth/principal'
import { recordEvents } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { conditionsToSql, SqlParameters } from './filter-sql'
import { parseHostQuery } from './query'
import type { labelHostsInput, labelHostsOutput } from './schema'
import { hostsWithStanding } from './standing'

type Outcome = z.infer<typeof labelHostsOutput>
interface Labelled {
  id: string
  name: string
  labels: Record<string, string>
}

/**
 * Sets or removes one label on many hosts in one transaction: those that are named, or all that a filter matches now. With
 * `expected` it is done, if as many hosts are still meant as were told; without, only told how many it would change.
 */
export async function labelHosts(
  ctx: Pick<ServiceContext, 'db' | 'actor'> & { user: Pick<Principal, 'role'> },
  { targets, key, value, expected }: z.infer<typeof labelHostsInput>,
): Promise<Outcome> {
  const where = whereOf(targets)
  if (!where.ok) return { type: 'refused', message: where.error, next: 'Mend the filter of the hosts page.' }
  return ctx.db.$transaction(async (tx): Promise<Outcome> => {
    const hosts = await lockMeant(tx, where.sql, where.values)
    const changed = hosts.filter(({ labels }) =>
      value === null ? Object.hasOwn(labels, key) : labels[key] !== value,
    )
    if (expected === null) return { type: 'counted', hosts: hosts.length, changed: changed.length }
    if (hosts.length !== expected)
      return {
        type: 'refused',
        message: `Nothing was changed: ${hosts.length} hosts are meant now, and ${expected} were.`,
        next: 'Look at the selection again.',
      }
    const leaving = await refuseLeaving(
      tx,
      ctx.user,
      changed.map(({ name, labels }) => ({ name, before: labels, after: relabelled(labels, key, value) })),
    )
    if (leaving !== null) return leaving
    const ids = changed.map(({ id }) => id)
    if (value === null)
      await tx.$executeRaw`UPDATE "Host" SET labels = labels - ${key}::text, "updatedAt" = now() WHERE id = ANY(${ids}::uuid[])`
    else
      await tx.$executeRaw`UPDATE "Host" SET labels = labels || jsonb_build_object(${key}::text, ${value}::text), "updatedAt" = now() WHERE id = ANY(${ids}::uuid[])`
    const audits = changed.map(({ id, name, labels }) => ({
      id,
      detail: { name, label: key, from: labels[key] ?? null, to: value },
    }))
    if (audits.length > 0) await recordAudits(tx, ctx.actor, 'host.labelled', 'host', audits)
    await recordEvents(tx, 'host', ids)
    return { type: 'changed', hosts: hosts.length, changed: changed.length }
  }, transactionLimits)
}

function relabelled(labels: Labelled['labels'], key: string, value: string | null): Labelled['labels'] {
  const { [key]: _old, ...others } = labels
  return value === null ? others : { ...others, [key]: value }
}

type Where = { ok: true; sql: string; values: unknown[] } | { ok: false; error: string }

function whereOf(targets: z.infer<typeof labelHostsInput>['targets']): Where {
  const parameters = new SqlParameters()
  if (targets.type === 'hosts')
    return {
      ok: true,
      sql: `h.id = ANY(${parameters.add(targets.hostIds)}::uuid[])`,
      values: parameters.values,
    }
  const query = parseHostQuery(targets.query)
  if (!query.ok) return query
  return { ok: true, sql: conditionsToSql(query.conditions, parameters), values: parameters.values }
}

/** The hosts meant, their rows held, in the order of ids as everywhere where several are. */
async function lockMeant(
  tx: Prisma.TransactionClient,
  where: string,
  values: unknown[],
): Promise<Labelled[]> {
  return tx.$queryRawUnsafe<Labelled[]>(
    `SELECT id, name, labels FROM "Host" WHERE id IN (SELECT h.id FROM ${hostsWithStanding} h WHERE ${where})
     ORDER BY id FOR UPDATE`,
    ...values,
  )
}
