import { AUTO_ONLINE_POLICIES } from '@/agents/protocol'
import type { PolicyChange } from '@/prisma/generated/client'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import type { PolicyView } from './schema'

/** The one file of the kernel's that holds it. */
const path = '/sys/devices/system/memory/auto_online_blocks'

/** What a host's kernel does with new memory by itself, and what was changed of that. Throws DomainError without the host. */
export async function getPolicy({ db }: Pick<ServiceContext, 'db'>, hostId: string): Promise<PolicyView> {
  const host = await db.host.findUnique({
    where: { id: hostId },
    select: { autoOnlinePolicy: true, bootId: true },
  })
  if (host === null) throw notFound('host')
  const { autoOnlinePolicy: policy, bootId } = host
  const latest = await db.policyChange.findFirst({ where: { hostId }, orderBy: { createdAt: 'desc' } })
  const first =
    bootId === null
      ? null
      : await db.policyChange.findFirst({
          where: { hostId, bootId, state: 'done' },
          orderBy: { createdAt: 'asc' },
        })
  const before = AUTO_ONLINE_POLICIES.find((known) => known === first?.fromPolicy) ?? null
  return {
    policy,
    bootId,
    path,
    latest: latest === null ? null : viewOf(latest, bootId),
    putBackTo: before === policy ? null : before,
  }
}

function viewOf({ fromPolicy, toPolicy, ...change }: PolicyChange, bootId: string | null) {
  const { id, state, readBack, message, next, requestedBy, createdAt, endedAt } = change
  return {
    id,
    from: fromPolicy,
    to: toPolicy,
    state,
    readBack,
    message,
    next,
    requestedBy,
    createdAt,
    endedAt,
    isOfEarlierBoot: change.bootId !== bootId,
  }
}
