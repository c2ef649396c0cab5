import type { Inspection } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { storableText } from './untrusted'

/**
 * A start of a host converts what is to come back without asking anybody: the log tells of each such start once, as soon as
 * it is seen. To be called before this reading replaces the one before it.
 */
export async function recordStart(
  tx: Prisma.TransactionClient,
  actor: Actor,
  host: { id: string; name: string },
  { persistence }: Inspection,
): Promise<void> {
  const start = persistence?.lastBoot ?? null
  if (start === null || !start.isOver || start.results.length === 0) return
  const [before] = await tx.$queryRaw<{ known: boolean | null }[]>`
    SELECT inspection#>>'{persistence,lastBoot,bootId}' = ${start.bootId}
      AND (inspection#>'{persistence,lastBoot,isOver}')::boolean AS known
    FROM "Host" WHERE id = ${host.id}::uuid`
  if (before?.known === true) return
  for (const { path, deviceId, outcome, message } of start.results)
    await recordAudit(tx, actor, 'host.device_brought_back', 'host', host.id, {
      name: host.name,
      outcome,
      device: storableText(deviceId ?? path),
      message: storableText(message),
    })
}
