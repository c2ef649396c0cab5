import type { Prisma } from '@/prisma/generated/client'
import type { LeaseToken } from '@/server/leases/store'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'

/**
 * Writes something beside a job while it is this token's, in one transaction that holds the job's row: whoever takes
 * the job over comes wholly before it or wholly after it. False when the job is another's by now; nothing was written.
 */
export async function whileOwned(
  ctx: Pick<ServiceContext, 'db'>,
  jobId: string,
  { holder, epoch }: LeaseToken,
  write: (tx: Prisma.TransactionClient) => Promise<void>,
): Promise<boolean> {
  return ctx.db.$transaction(async (tx) => {
    const owned = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM "Job" WHERE id = ${jobId}::uuid AND holder = ${holder} AND epoch = ${epoch} FOR SHARE`
    if (owned.length === 0) return false
    await write(tx)
    return true
  }, transactionLimits)
}
