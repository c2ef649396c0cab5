import type { Prisma } from '@/prisma/generated/client'
import { fleetFloorRefusal } from '@/server/floors/fleet-floor'
import { readFleetRoom } from '@/server/floors/queries'

/**
 * Why giving all of these back would leave the fleet below its floor, with the floor's row locked, so that two approvals
 * at one moment see each other; null when it holds.
 */
export async function breaksFloor(
  tx: Prisma.TransactionClient,
  items: readonly { gainBytes: bigint | null }[],
): Promise<{ message: string; next: string } | null> {
  await tx.$queryRaw`SELECT 1 FROM "CapacityFloor" FOR UPDATE`
  const lossBytes = items.reduce((sum, { gainBytes }) => sum - (gainBytes ?? 0n), 0n)
  return fleetFloorRefusal(await readFleetRoom(tx), lossBytes)
}
