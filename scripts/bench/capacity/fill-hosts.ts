import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { policySchema } from '@/server/rollouts/policy'
import type { ModelHost } from './model-host'

export interface FilledHost {
  hostId: string
  deviceId: string
  identity: string
  model: ModelHost
}

const kinds = { pmem: 'pmem', cxl: 'cxl', hbm: 'hmem' } as const
const bytes = (kib: number) => BigInt(kib) * 1024n

/** Enters the hosts, each with its device as last read, and what was converted as jobs of one rollout. */
export async function fillHosts(pg: Pool, models: readonly ModelHost[]): Promise<FilledHost[]> {
  const hosts = models.map((model) => ({
    hostId: randomUUID(),
    deviceId: randomUUID(),
    identity: `${model.tier}:bench-${model.index}`,
    model,
  }))
  await pg.query(
    `INSERT INTO "Host" (id, name, address, username, labels, state, "stateMessage", "stateNext", "memTotalBytes",
       "kernelRelease", "lastSeenAt", "inspectedAt", "blockSizeBytes", "updatedAt")
     SELECT u.id, u.name, u.name || '.example.test', 'daxfleet', u.labels::jsonb, u.state::"HostState",
       CASE WHEN u.state = 'ready' THEN '' ELSE 'No answer within 10 s.' END,
       CASE WHEN u.state = 'ready' THEN '' ELSE 'Check the network.' END,
       u.total, u.kernel, now(), now(), 134217728, now()
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
       AS u(id, name, labels, state, total, kernel)`,
    [
      hosts.map(({ hostId }) => hostId),
      models.map(({ name }) => name),
      models.map(({ labels }) => JSON.stringify(labels)),
      models.map(({ index }) => (index % 97 === 5 ? 'unreachable' : 'ready')),
      models.map((model) => bytes(model.dramKib + onlineKib(model))),
      models.map(({ index }) => (index % 5 === 0 ? '6.1.0-28-amd64' : '6.12.9-amd64')),
    ],
  )
  await pg.query(
    `INSERT INTO "Device" (id, "hostId", identity, "daxName", kind, driver, mode, state, "sizeBytes", "alignBytes",
       "targetNode", "onlineBytes", "onlineBlocks", "totalBlocks", movable, "usableBytes", "lostBytes", "memmapBytes",
       blocks, detail)
     SELECT u.id, u."hostId", u.identity, 'dax0.0', u.kind, CASE WHEN online > 0 THEN 'kmem' ELSE 'device_dax' END,
       CASE WHEN online > 0 THEN 'system-ram' ELSE 'devdax' END,
       (CASE WHEN online > 0 THEN 'system_ram' ELSE 'convertible' END)::"DeviceState",
       size, 2097152, 1, online, online / 134217728, usable / 134217728, CASE WHEN online > 0 THEN true END, usable, lost,
       usable / 64, '[]', jsonb_build_object('identity', jsonb_build_object('id', u.identity, 'detail', '[]'::jsonb),
         'prediction', jsonb_build_object('blockCount', usable / 134217728), 'ranges', '[]'::jsonb, 'refusals', '[]'::jsonb)
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
       AS u(id, "hostId", identity, kind, size, online, usable, lost)`,
    [
      hosts.map(({ deviceId }) => deviceId),
      hosts.map(({ hostId }) => hostId),
      hosts.map(({ identity }) => identity),
      models.map(({ tier }) => kinds[tier]),
      models.map(({ deviceKib }) => bytes(deviceKib)),
      models.map((model) => bytes(onlineKib(model))),
      models.map(({ deviceKib, lostKib }) => bytes(deviceKib - lostKib)),
      models.map(({ lostKib }) => bytes(lostKib)),
    ],
  )
  await fillJobs(pg, hosts)
  await pg.query('ANALYZE')
  return hosts
}

const onlineKib = ({ convertedAtMs, endMs, deviceKib, lostKib }: ModelHost) =>
  convertedAtMs < endMs ? deviceKib - lostKib : 0

/** A conversion takes about so long. */
const JOB_MS = 20_000

async function fillJobs(pg: Pool, hosts: readonly FilledHost[]): Promise<void> {
  const converted = hosts.filter(({ model }) => model.convertedAtMs < model.endMs)
  if (converted.length === 0) return
  const times = converted.map(({ model }) => model.convertedAtMs)
  const ids = converted.map(() => randomUUID())
  const gains = converted.map(({ model }) => bytes(onlineKib(model)))
  const hostIds = converted.map(({ hostId }) => hostId)
  const deviceIds = converted.map(({ deviceId }) => deviceId)
  const rows =
    'unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::float8[]) AS u(id, host, device, gain, ms)'
  const values = [ids, hostIds, deviceIds, gains, times]
  await pg.query(
    `INSERT INTO "Plan" (id, "hostId", "deviceId", zone, state, result, digest, "createdAt", "readyAt")
     SELECT id, host, device, 'movable', 'ready', '{}', repeat('a', 64), to_timestamp(ms / 1000), to_timestamp(ms / 1000)
     FROM ${rows} WHERE gain >= 0`,
    values,
  )
  await pg.query(
    `INSERT INTO "Job" (id, "hostId", "deviceId", "planId", digest, zone, "approvedBy", "approvedAt", state,
       "predictedBytes", "onlineBytesBefore", "onlineBytesAfter", "createdAt", "startedAt", "endedAt", "goSentAt")
     SELECT id, host, device, id, repeat('a', 64), 'movable', 'bench@example.test', began, 'converted', gain, 0, gain,
       began, began, to_timestamp(ms / 1000), began
     FROM ${rows}, to_timestamp((ms - ${JOB_MS}) / 1000) AS began`,
    values,
  )
  const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
  await pg.query(
    `INSERT INTO "Rollout" (id, name, selector, zone, policy, state, "createdBy", "createdAt", "approvedBy", "approvedAt", digest, "endedAt", "readyAt", reason)
     VALUES (gen_random_uuid(), 'Convert by rack', 'state!=converted', 'movable', $3::jsonb, 'finished', 'bench@example.test',
       to_timestamp($1::float8 / 1000), 'bench@example.test', to_timestamp($1::float8 / 1000), repeat('a', 64), to_timestamp($2::float8 / 1000), to_timestamp($1::float8 / 1000), '')`,
    [first + (last - first) * 0.55, last, JSON.stringify(policySchema.parse({}))],
  )
}
