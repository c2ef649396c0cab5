import { recordAudit } from '@/server/audit/record'
import { recordEvents } from '@/server/events/record'
import { DomainError } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'

/**
 * Makes this database an installation of its own: to be done once after a backup was restored, since the epochs it
 * hands out would be lower than those its hosts have seen. Every host that is reached then shows as another
 * installation's until an operator adopts it. Throws DomainError while a job acts under the old name.
 */
export async function newInstallation(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
): Promise<{ id: string; before: string; hosts: number }> {
  return ctx.db.$transaction(async (tx) => {
    // Locks out the statement that claims a job until this is decided: what runs then runs under the new name.
    await tx.$executeRaw`LOCK TABLE "Job" IN SHARE ROW EXCLUSIVE MODE`
    const acting = await tx.job.findFirst({
      where: { state: { in: ['dispatching', 'preflight', 'acting', 'verifying'] } },
      include: { host: true },
    })
    if (acting !== null) {
      throw new DomainError(
        'conflict',
        `A job is under way on ${acting.host.name}.`,
        'Wait for its end, then try again.',
      )
    }
    const { id: before } = await tx.installation.findFirstOrThrow()
    const [row] = await tx.$queryRaw<
      { id: string }[]
    >`UPDATE "Installation" SET id = gen_random_uuid(), "createdAt" = now() RETURNING id::text`
    if (row === undefined) throw new Error('the installation is there from the first migration on')
    const { id } = row
    await recordAudit(tx, ctx.actor, 'installation.renewed', 'installation', id, { before })
    // Each host says at its next probe whose record it has.
    const hosts = await tx.host.findMany({ select: { id: true } })
    await tx.host.updateMany({ data: { probeRequestedAt: new Date() } })
    await recordEvents(
      tx,
      'host',
      hosts.map((host) => host.id),
    )
    return { id, before, hosts: hosts.length }
  }, transactionLimits)
}
