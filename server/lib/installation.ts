import type { Prisma } from '@/prisma/generated/client'

/**
 * Which Daxfleet this is: half of every fencing token. The row is there from the first migration on. Read with
 * findFirst, for Prisma gathers findUnique calls of one instant into an IN over the key, which a boolean has not.
 */
export async function installationId(db: Pick<Prisma.TransactionClient, 'installation'>): Promise<string> {
  return (await db.installation.findFirstOrThrow({ select: { id: true } })).id
}
