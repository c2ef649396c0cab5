import type { z } from 'zod'
import type { Prisma } from '@/prisma/generated/client'
import { refuseLeaving } from '@/server/approvals/leave'
import { recordAudit } from '@/server/audit/record'
import type { Principal } from '@/server/auth/principal'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { activeJobOf } from './active-job'
import { findJumpHost } from './jump-host'
import { requestProbe } from './request-probe'
import type { HostVerbOutcome, updateHostInput } from './schema'
import { lockHost, moveHost } from './transitions'

/** Changes labels at any time; how the host is reached only while nothing acts on it, and then probes again. */
export async function updateHost(
  ctx: Pick<ServiceContext, 'db' | 'actor'> & { user: Pick<Principal, 'role'> },
  input: z.infer<typeof updateHostInput>,
): Promise<HostVerbOutcome> {
  return ctx.db.$transaction(async (tx): Promise<HostVerbOutcome> => {
    const host = await lockHost(tx, input.hostId)
    if (host === null) throw notFound('host')
    const jump = input.jumpHost == null ? null : await findJumpHost(tx, host, input.jumpHost)
    if (jump !== null && 'type' in jump) return jump
    const reach = changesOf(host, {
      credentialId: input.credentialId,
      jumpHostId: input.jumpHost === undefined ? undefined : (jump?.id ?? null),
      username: input.username,
      address: input.address?.toLowerCase(),
      port: input.port,
    })
    const reaches = Object.keys(reach).length > 0
    const refusal = reaches ? await refusalOf(tx, host, reach) : null
    if (refusal !== null) return refusal
    if (input.labels !== undefined) {
      const { name, labels: before } = host
      const leaving = await refuseLeaving(tx, ctx.user, [{ name, before, after: input.labels }])
      if (leaving !== null) return leaving
    }
    const data: Prisma.HostUncheckedUpdateInput = {
      ...reach,
      ...(input.labels === undefined ? {} : { labels: input.labels }),
    }
    const status = { state: host.state, message: host.stateMessage, next: host.stateNext }
    await moveHost(tx, ctx.actor, host, status, data)
    await recordAudit(tx, ctx.actor, 'host.updated', 'host', host.id, {
      name: host.name,
      ...reach,
      ...('jumpHostId' in reach ? { jumpHost: input.jumpHost ?? null } : {}),
      ...(input.labels === undefined ? {} : { labels: input.labels }),
      before: {
        ...Object.fromEntries(Object.keys(reach).map((key) => [key, host[key as keyof Reach] ?? null])),
        ...(input.labels === undefined ? {} : { labels: host.labels }),
      },
    })
    if (reaches) {
      // Whoever watches it does so at the old address: the claim is free for a new session.
      await tx.hostWatch.deleteMany({ where: { hostId: host.id } })
      await requestProbe(tx, host.id)
    }
    return { type: 'done' }
  }, transactionLimits)
}

interface Reach {
  credentialId?: string
  username?: string
  address?: string
  port?: number
  jumpHostId?: string | null
}
type Current = {
  id: string
  name: string
  credentialId: string | null
  jumpHostId: string | null
} & Required<Pick<Reach, 'username' | 'address' | 'port'>>

/** Only what is given and differs. */
function changesOf(host: Current, asked: { [Name in keyof Reach]: Reach[Name] | undefined }): Reach {
  return {
    ...(asked.credentialId === undefined || asked.credentialId === host.credentialId
      ? {}
      : { credentialId: asked.credentialId }),
    ...(asked.jumpHostId === undefined || asked.jumpHostId === host.jumpHostId
      ? {}
      : { jumpHostId: asked.jumpHostId }),
    ...(asked.username === undefined || asked.username === host.username ? {} : { username: asked.username }),
    ...(asked.address === undefined || asked.address === host.address ? {} : { address: asked.address }),
    ...(asked.port === undefined || asked.port === host.port ? {} : { port: asked.port }),
  }
}

async function refusalOf(
  tx: Prisma.TransactionClient,
  host: Current,
  reach: Reach,
): Promise<HostVerbOutcome | null> {
  if ((await activeJobOf(tx, host.id)) !== null)
    return {
      type: 'refused',
      message: `A job is under way on ${host.name}.`,
      next: 'Wait for its end, or cancel it, then change how the host is reached.',
    }
  if (reach.credentialId !== undefined) {
    const credential = await tx.credential.findUnique({ where: { id: reach.credentialId } })
    if (credential === null) throw notFound('SSH key')
  }
  const { address = host.address, port = host.port } = reach
  const other = await tx.host.findFirst({ where: { address, port, NOT: { id: host.id } } })
  if (other === null) return null
  return {
    type: 'refused',
    message: `${address}:${port} is already called ${other.name}.`,
    next: `Remove ${other.name} first, or give another address.`,
  }
}
