import type { Queryable } from '@/server/lib/pg'
import { totalColumns } from './latest'
import type { CapacityReading } from './reading'
import type { DeviceList } from './sample'
import type { Span, Totals } from './spans'
import { FLEET_SERIES } from './vocabulary'

/** What the readings of one host come to. */
export interface HostUpdate {
  hostId: string
  isNew: boolean
  devices: DeviceList
  /** The latest reading of the host after this, where it is one of these. */
  latest: { reading: CapacityReading; packed: Buffer; totals: Totals } | null
  silentAfterMs: number
  head: { atMs: number; packed: Buffer }[]
  closeAtMs: number | null
  spans: Span[]
  unsealedSinceMs: number
  lateSinceMs: number | null
}

const kib = (bytes: bigint) => String(bytes >> 10n)
const totalParameters = (first: number) =>
  FLEET_SERIES.map((_, index) => `$${first + index}::bigint[]`).join(', ')
/** The totals column by column, as UNNEST wants them. */
const byColumn = (rows: readonly { totals: readonly number[] }[]) =>
  FLEET_SERIES.map((_, index) => rows.map(({ totals }) => totals[index] ?? 0))

/** The latest reading of each host, and since when something is to be done for it. */
export async function writeLatest(pg: Queryable, updates: readonly HostUpdate[]): Promise<void> {
  const moved = updates.flatMap((update) => (update.latest === null ? [] : [{ ...update, ...update.latest }]))
  if (moved.length > 0)
    await pg.query(upsertLatest, [
      moved.map(({ hostId }) => hostId),
      moved.map(({ reading }) => reading.at.getTime()),
      moved.map((update) => update.silentAfterMs),
      moved.map(({ reading }) => reading.bootId),
      moved.map(({ reading }) => kib(reading.totalBytes)),
      moved.map(({ reading }) => kib(reading.freeBytes)),
      moved.map(({ reading }) => kib(reading.availableBytes)),
      moved.map(({ packed }) => packed),
      moved.map(({ devices }) => JSON.stringify(devices)),
      moved.map(({ unsealedSinceMs }) => unsealedSinceMs),
      moved.map(({ lateSinceMs }) => lateSinceMs),
      ...byColumn(moved),
    ])
  const late = updates.filter(({ latest }) => latest === null)
  if (late.length > 0)
    await pg.query(markLate, [
      late.map(({ hostId }) => hostId),
      late.map(({ unsealedSinceMs }) => unsealedSinceMs),
      late.map(({ lateSinceMs }) => lateSinceMs),
      late.map(({ devices }) => JSON.stringify(devices)),
    ])
}

const upsertLatest = `
  INSERT INTO "CapacityLatest" AS l ("hostId", at, "silentAfterMs", "bootId", "totalKib", "freeKib", "availableKib",
    packed, devices, "unsealedSince", "lateSince", ${totalColumns})
  SELECT u."hostId", to_timestamp(u.at / 1000), u."silentAfterMs", u."bootId", u.total, u.free, u.available,
    u.packed, u.devices::jsonb, to_timestamp(u.unsealed / 1000), to_timestamp(u.late / 1000),
    dram, pmem, cxl, hbm, convertible, lost
  FROM unnest($1::uuid[], $2::float8[], $3::int[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[],
    $9::text[], $10::float8[], $11::float8[], ${totalParameters(12)})
    AS u("hostId", at, "silentAfterMs", "bootId", total, free, available, packed, devices, unsealed, late,
      dram, pmem, cxl, hbm, convertible, lost)
  ON CONFLICT ("hostId") DO UPDATE SET (at, "silentAfterMs", "bootId", "totalKib", "freeKib", "availableKib",
      packed, devices, "unsealedSince", "lateSince", ${totalColumns})
    = (excluded.at, excluded."silentAfterMs", excluded."bootId", excluded."totalKib", excluded."freeKib",
      excluded."availableKib", excluded.packed, excluded.devices, excluded."unsealedSince", excluded."lateSince",
      ${FLEET_SERIES.map((series) => `excluded."${series}Kib"`).join(', ')})`

const markLate = `
  UPDATE "CapacityLatest" l SET "unsealedSince" = to_timestamp(u.unsealed / 1000),
    "lateSince" = to_timestamp(u.late / 1000), devices = u.devices::jsonb
  FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::text[]) AS u("hostId", unsealed, late, devices)
  WHERE l."hostId" = u."hostId"`

/** Every reading as it came. Of two different ones of one moment the greater bytes win, whoever is first. */
export async function writeHead(pg: Queryable, updates: readonly HostUpdate[]): Promise<void> {
  const rows = updates.flatMap(({ hostId, head }) => head.map((each) => ({ hostId, ...each })))
  if (rows.length === 0) return
  await pg.query(
    `INSERT INTO "CapacityHead" AS h ("hostId", at, packed)
     SELECT u."hostId", to_timestamp(u.at / 1000), u.packed
     FROM unnest($1::uuid[], $2::float8[], $3::bytea[]) AS u("hostId", at, packed)
     ON CONFLICT ("hostId", at) DO UPDATE SET packed = excluded.packed WHERE h.packed < excluded.packed`,
    [rows.map(({ hostId }) => hostId), rows.map(({ atMs }) => atMs), rows.map(({ packed }) => packed)],
  )
}

/** The spans that ended and began; nothing for hosts that go on as before. */
export async function writeSpans(
  pg: Queryable,
  updates: readonly Pick<HostUpdate, 'hostId' | 'closeAtMs' | 'spans'>[],
): Promise<void> {
  const closed = updates.filter(({ closeAtMs }) => closeAtMs !== null)
  if (closed.length > 0)
    await pg.query(
      `UPDATE "CapacitySpan" s SET until = to_timestamp(u.until / 1000)
       FROM unnest($1::uuid[], $2::float8[]) AS u("hostId", until)
       WHERE s."hostId" = u."hostId" AND s.until IS NULL`,
      [closed.map(({ hostId }) => hostId), closed.map(({ closeAtMs }) => closeAtMs)],
    )
  const opened = updates.flatMap(({ hostId, spans }) => spans.map((span) => ({ hostId, ...span })))
  if (opened.length > 0)
    await pg.query(
      `INSERT INTO "CapacitySpan" ("hostId", "from", until, ${totalColumns})
       SELECT u."hostId", to_timestamp(u.f / 1000), to_timestamp(u.until / 1000), dram, pmem, cxl, hbm, convertible, lost
       FROM unnest($1::uuid[], $2::float8[], $3::float8[], ${totalParameters(4)})
         AS u("hostId", f, until, dram, pmem, cxl, hbm, convertible, lost)`,
      [
        opened.map(({ hostId }) => hostId),
        opened.map(({ fromMs }) => fromMs),
        opened.map(({ untilMs }) => untilMs),
        ...byColumn(opened),
      ],
    )
}
