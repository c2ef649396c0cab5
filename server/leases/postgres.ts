import type { Queryable } from '@/server/lib/pg'
import type { LeaseStore } from './store'

// clock_timestamp(), not now(): a statement that waited for a row lock must judge by the time it got it.
// nextval stands in both branches: the epoch is drawn after the row is locked, so a later holder's is higher.
const take = `
  INSERT INTO "HostLease" AS held ("hostId", holder, epoch, "expiresAt")
  VALUES ($1, $2, nextval('fencing_epoch'), clock_timestamp() + $3::float8 * interval '1 millisecond')
  ON CONFLICT ("hostId") DO UPDATE
    SET holder = excluded.holder, epoch = nextval('fencing_epoch'),
        "expiresAt" = clock_timestamp() + $3::float8 * interval '1 millisecond'
    WHERE held."expiresAt" <= clock_timestamp()
  RETURNING epoch`

const renew = `
  UPDATE "HostLease" SET "expiresAt" = clock_timestamp() + $4::float8 * interval '1 millisecond'
  WHERE "hostId" = $1 AND holder = $2 AND epoch = $3 AND "expiresAt" > clock_timestamp()`

const release = `DELETE FROM "HostLease" WHERE "hostId" = $1 AND holder = $2 AND epoch = $3`

/** Leases in Postgres: a single statement each, on the database's clock. */
export function createPostgresLeases(pg: Queryable): LeaseStore {
  return {
    async takeLease(hostId, holder, ttlMs) {
      const { rows } = await pg.query<{ epoch: string }>(take, [hostId, holder, ttlMs])
      return rows[0] === undefined ? null : BigInt(rows[0].epoch)
    },
    async renewLease(hostId, { holder, epoch }, ttlMs) {
      return (await pg.query(renew, [hostId, holder, epoch, ttlMs])).rowCount === 1
    },
    async releaseLease(hostId, { holder, epoch }) {
      return (await pg.query(release, [hostId, holder, epoch])).rowCount === 1
    },
  }
}
