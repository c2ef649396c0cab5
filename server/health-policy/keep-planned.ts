import type { HealthFact } from '@/agents/protocol'
import { storableJsonText } from '@/server/hosts/untrusted'
import type { Queryable } from '@/server/lib/pg'
import { factsOf, healthStateOf, withPlanned } from './judge'
import { healthPolicySchema } from './schema'

const keep = `
  UPDATE "Device" SET detail = jsonb_set(detail, '{health}', $2::jsonb), "healthState" = $3 WHERE id = $1::uuid`

/**
 * A plan asks for more of a device's health than a look does: what it read is kept with the device, with its time.
 * `before` is what the device had, and the rules, which this transaction holds.
 */
export async function keepPlannedHealth(
  tx: Queryable,
  deviceId: string,
  planned: readonly HealthFact[] | undefined,
  before: { health: unknown; policy: unknown },
): Promise<void> {
  if (planned === undefined) return
  const known = factsOf({ health: (before.health ?? []) as [] })
  const health = withPlanned(known, planned, new Date())
  const state = healthStateOf(health, healthPolicySchema.parse(before.policy))
  await tx.query(keep, [deviceId, storableJsonText(health), state])
}
