import { hostsWithStanding } from '@/server/hosts/standing'
import type { Queryable } from '@/server/lib/pg'
import type { TargetDevice, TargetHost } from './resolve'

type Figures = 'sizeBytes' | 'usableBytes' | 'onlineBytes'
type DeviceRow = Omit<TargetDevice, Figures> & Record<Figures, string>
type HostRow = Omit<TargetHost, 'devices' | 'blockSizeBytes'> & {
  blockSizeBytes: string | null
  devices: DeviceRow[] | null
}

/** Every host with its devices as last read, for a selector to be resolved over. One statement. */
export async function readTargets(pg: Queryable): Promise<TargetHost[]> {
  const { rows } = await pg.query<HostRow>(
    `WITH busy AS (
       SELECT "deviceId" FROM "Job" WHERE "endedAt" IS NULL
       UNION SELECT "deviceId" FROM "RolloutItem" WHERE state IN ('pending', 'running'))
     SELECT h.id AS "hostId", h.name, h.address, h."kernelRelease", h.labels, h.state::text, h.standing,
       h."stateMessage", h."stateNext", h."blockSizeBytes"::text,
       (SELECT json_agg(json_build_object('deviceId', d.id, 'daxName', d."daxName", 'identity', d.identity,
           'kind', d.kind, 'state', d.state, 'sizeBytes', d."sizeBytes"::text,
           'usableBytes', d."usableBytes"::text, 'onlineBytes', d."onlineBytes"::text, 'refusals', coalesce(d.detail->'refusals', '[]'::jsonb),
           'health', d."healthState", 'busy', EXISTS (SELECT 1 FROM busy b WHERE b."deviceId" = d.id)))
        FROM "Device" d WHERE d."hostId" = h.id) AS devices
     FROM ${hostsWithStanding} h`,
  )
  return rows.map(({ devices, blockSizeBytes, ...host }) => ({
    ...host,
    blockSizeBytes: BigInt(blockSizeBytes ?? 0),
    devices: (devices ?? []).map((device) => ({
      ...device,
      sizeBytes: BigInt(device.sizeBytes),
      usableBytes: BigInt(device.usableBytes),
      onlineBytes: BigInt(device.onlineBytes),
    })),
  }))
}
