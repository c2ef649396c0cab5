import type { Prisma } from '@/prisma/generated/client'
import { maxJumps } from './load-target'
import type { HostVerbOutcome } from './schema'

type Tx = Prisma.TransactionClient

/** The jump host of this name, or why it can be none for `host`: unknown, itself, or reached through it. */
export async function findJumpHost(
  tx: Tx,
  host: { id: string; name: string },
  name: string,
): Promise<{ id: string } | Extract<HostVerbOutcome, { type: 'refused' }>> {
  const jump = await tx.host.findUnique({ where: { name }, select: { id: true, jumpHostId: true } })
  if (jump === null)
    return {
      type: 'refused',
      message: `There is no host called ${name}.`,
      next: 'Give the name of a host of the fleet; add it first if it is none yet.',
    }
  let [at, steps]: [string | null, number] = [jump.id, 0]
  while (at !== null && steps < maxJumps) {
    if (at === host.id)
      return {
        type: 'refused',
        message: `${name} is ${jump.id === host.id ? 'this host itself' : `reached through ${host.name}`}.`,
        next: 'Choose another jump host.',
      }
    const next: { jumpHostId: string | null } | null = await tx.host.findUnique({
      where: { id: at },
      select: { jumpHostId: true },
    })
    at = next?.jumpHostId ?? null
    steps += 1
  }
  if (at === null) return { id: jump.id }
  return {
    type: 'refused',
    message: `${name} is reached through ${maxJumps} hosts itself.`,
    next: 'Choose a jump host that is nearer.',
  }
}
