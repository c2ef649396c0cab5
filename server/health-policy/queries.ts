import type { HealthPolicy } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import { healthPolicySchema } from './schema'

type Tx = Pick<Prisma.TransactionClient, 'healthPolicy'>

/** The one row; there from the migration on. */
export async function readHealthPolicy(
  db: Tx,
): Promise<{ rules: HealthPolicy; changedBy: string | null; changedAt: Date }> {
  // Not findUnique: Prisma gathers those of one instant into an IN over the key, which a boolean has not.
  const { rules, changedBy, changedAt } = await db.healthPolicy.findFirstOrThrow()
  return { rules: healthPolicySchema.parse(rules), changedBy, changedAt }
}
