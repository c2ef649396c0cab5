import type { HealthPolicy } from '@/agents/protocol'
import { healthPolicySchema } from '@/server/health-policy/schema'
import type { Queryable } from '@/server/lib/pg'
import type { Issuer } from './foreign'
import type { KnownDevice } from './record-devices'
import type { HostStateName } from './vocabulary'

/** A host whose row this transaction holds, as far as a reading of it has to know. */
export interface HeldHost {
  id: string
  name: string
  state: HostStateName
  stateMessage: string
  stateNext: string
  fenceDue: boolean
  probeRequestedAt: Date | null
}

const hold = `SELECT id, name, state::text, "stateMessage", "stateNext", "fenceDue", "probeRequestedAt" FROM "Host"
  WHERE id = $1::uuid FOR UPDATE`

/** Takes the host's row for this transaction. Null when the host was removed. */
export async function holdRead(tx: Queryable, hostId: string): Promise<HeldHost | null> {
  return (await tx.query<HeldHost>(hold, [hostId])).rows[0] ?? null
}

/** What a reading is held against. */
export interface Before {
  /** The other host that is the same machine. */
  twin: string | null
  /** Held until the transaction's end: what is judged by it is judged anew by whoever changes it, not missed. */
  policy: HealthPolicy
  devices: KnownDevice[]
  issuer: Issuer
  hasUnknownJob: boolean
  /** The log has told of this start already. */
  startIsKnown: boolean
  /** Whether anybody is asked for an approval of anything: nearly always not. */
  approvalsWait: boolean
}

// A statement of its own after the host was taken: what another reading wrote of it meanwhile is seen.
const read = `
  WITH policy AS (SELECT rules FROM "HealthPolicy" FOR SHARE)
  SELECT (SELECT rules FROM policy) AS policy,
    (SELECT name FROM "Host" WHERE "machineId" = $2 AND "dmiUuid" = $3 AND id <> $1::uuid) AS twin,
    (SELECT coalesce(json_agg(json_build_object('id', id, 'identity', identity, 'state', state, 'daxName', "daxName",
      'health', detail->'health')), '[]') FROM "Device" WHERE "hostId" = $1::uuid) AS devices,
    (SELECT json_build_object('ours', i.id, 'last', CASE WHEN f.is_called THEN f.last_value ELSE 0 END::text)
      FROM "Installation" i, fencing_epoch f) AS issuer,
    EXISTS (SELECT 1 FROM "Job" WHERE "hostId" = $1::uuid AND state = 'unknown') AS "hasUnknownJob",
    $4::text IS NOT NULL AND (SELECT coalesce(inspection#>>'{persistence,lastBoot,bootId}' = $4
        AND (inspection#>'{persistence,lastBoot,isOver}')::boolean, false)
      FROM "Host" WHERE id = $1::uuid) AS "startIsKnown",
    EXISTS (SELECT 1 FROM "ApprovalRequest" WHERE state = 'waiting') AS "approvalsWait"`

/** All of it in one statement. `boot`: the start that the reading tells of. */
export async function readBefore(
  tx: Queryable,
  hostId: string,
  machine: { machineId: string | null; dmiUuid: string; boot: string | null },
): Promise<Before> {
  const values = [hostId, machine.machineId, machine.dmiUuid, machine.boot]
  const [row] = (await tx.query<Before>(read, values)).rows
  if (row === undefined || row.issuer === null) throw new Error('This database has no installation id.')
  return { ...row, policy: healthPolicySchema.parse(row.policy) }
}
