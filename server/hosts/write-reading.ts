import type { Host } from '@/prisma/generated/client'
import { insertEvent, notifyEvents } from '@/server/events/record'
import type { Queryable } from '@/server/lib/pg'
import type { DeviceRow } from './record-devices'
import type { HostStatus } from './transitions'

/** Columns of a device as they are written; `blocks` and `detail` are JSON's own text. */
const deviceColumns = {
  identity: 'text',
  daxName: 'text',
  kind: 'text',
  driver: 'text',
  mode: 'text',
  state: '"DeviceState"',
  sizeBytes: 'bigint',
  alignBytes: 'bigint',
  targetNode: 'int',
  onlineBytes: 'bigint',
  onlineBlocks: 'int',
  totalBlocks: 'int',
  movable: 'boolean',
  usableBytes: 'bigint',
  lostBytes: 'bigint',
  memmapBytes: 'bigint',
  blocks: 'jsonb',
  detail: 'jsonb',
  healthState: 'text',
  seenAt: 'timestamptz',
} as const satisfies Partial<Record<keyof DeviceRow, string>>
const deviceNames = Object.keys(deviceColumns) as (keyof DeviceRow)[]
const quoted = deviceNames.map((name) => `"${name}"`)

/** What of a host's row a reading may write beside its state. */
export type HostColumns = Partial<Record<keyof Host, unknown>>

/** `$1` the host, `$2` to `$5` its state, `$6` devices that are gone, then a list a column of devices, then the host's. */
function statementOf(columns: readonly string[]): string {
  const ofDevices = deviceNames.map((name, at) => `$${at + 7}::${deviceColumns[name]}[]`)
  const ofHost = columns.map((name, at) => `"${name}" = $${at + 7 + deviceNames.length}`)
  return `
    WITH devices AS (
      INSERT INTO "Device" (id, "hostId", ${quoted.join(', ')})
      SELECT gen_random_uuid(), $1::uuid, given.* FROM unnest(${ofDevices.join(', ')}) AS given(${quoted.join(', ')})
      ON CONFLICT ("hostId", identity) DO UPDATE SET ${quoted.map((name) => `${name} = excluded.${name}`).join(', ')}),
    gone AS (
      UPDATE "Device" SET state = 'gone', driver = NULL, "onlineBytes" = 0, "onlineBlocks" = 0, "totalBlocks" = 0,
        blocks = '[]' WHERE id = ANY($6::uuid[])),
    keys AS (UPDATE "HostKey" SET "lastSeenAt" = $5 WHERE "hostId" = $1::uuid AND status = 'trusted'),
    host AS (
      UPDATE "Host" SET ${ofHost.join(', ')},
        "stateSince" = CASE WHEN state = $2::"HostState" THEN "stateSince" ELSE $5::timestamptz END,
        state = $2::"HostState", "stateMessage" = $3, "stateNext" = $4, "updatedAt" = $5
      WHERE id = $1::uuid RETURNING id),
    ${insertEvent("'host'", 'id::text FROM host')} ${notifyEvents}`
}

/** Few: a reading writes all of them, and one of a machine that is entered twice the same few. */
const statements = new Map<string, string>()

/** Writes host, devices, keys and event in one statement, in the transaction that holds the host. */
export async function writeReading(
  tx: Queryable,
  hostId: string,
  to: HostStatus,
  { devices, gone }: { devices: readonly DeviceRow[]; gone: readonly string[] },
  columns: HostColumns,
): Promise<void> {
  const names = Object.keys(columns)
  const key = names.join()
  const text = statements.get(key) ?? statementOf(names)
  statements.set(key, text)
  await tx.query(text, [
    ...[hostId, to.state, to.message, to.next, new Date(), gone],
    ...deviceNames.map((name) => devices.map((device) => device[name])),
    ...Object.values(columns),
  ])
}
