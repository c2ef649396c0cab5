import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPool } from '@/server/lib/pg'
import { parsePool } from '@/server/pools/selector'
import { forgetPool } from '@/server/pools/served'
import { Operator } from '@/test/support/operator'
import { eventually, useProduct, type WorkerProcess } from '@/test/support/product'
import { describeWithSshd, Sshd } from '@/test/support/sshd'

const berlin = 'label:site=berlin'

// A worker counts as alive for half a minute after its last word, and claims are turned every ten seconds.
describeWithSshd('three workers on one Postgres, one of them for a site', { timeout: 240_000 }, () => {
  const product = useProduct({ env: { WATCH_SECONDS: '5' } })
  const operator = new Operator(product)
  let there: Sshd
  let here: Sshd
  let pg: Pool
  let thereId: string
  let hereId: string
  let theirs: WorkerProcess

  const logins = (sshd: Sshd) => sshd.log.match(/Accepted publickey/g)?.length ?? 0
  const watcherOf = (hostId: string) =>
    eventually(
      () => 'somebody watches the host',
      async () => {
        const { rows } = await pg.query<{ holder: string }>(
          'SELECT holder FROM "HostWatch" WHERE "hostId" = $1 AND "expiresAt" > clock_timestamp()',
          [hostId],
        )
        return rows[0]?.holder
      },
    )
  const host = (hostId: string) => product().caller.hosts.get({ hostId })
  const unserved = () =>
    eventually(
      () => 'nobody serves the host',
      async () => (await host(thereId)).unserved ?? undefined,
    )

  /** Entered with its key trusted; not waited for, since nobody may serve it. */
  async function enter(name: string, sshd: Sshd, labels: Record<string, string>): Promise<string> {
    const { address, port, privateKey } = sshd.target()
    const { caller } = product()
    const key = await caller.credentials.add({ name: `key of ${name}`, privateKey })
    if (key.type !== 'added') throw new Error(key.message)
    const added = await caller.hosts.add({
      credentialId: key.credential.id,
      hosts: [{ name, address, port, username: 'root', labels }],
    })
    if (added.type !== 'added') throw new Error(JSON.stringify(added))
    return added.hostIds[0] ?? ''
  }

  async function trust(hostId: string): Promise<void> {
    const review = await operator.host(hostId, 'its key is reviewed', ({ state }) => state === 'key_review')
    const [key] = review.keys
    if (key === undefined) throw new Error('no key was shown')
    const { id: keyId, fingerprint } = key
    await product().caller.hosts.reviewKey({ hostId, keyId, decision: 'trust', fingerprint })
    await operator.host(hostId, 'it is ready', ({ state, probing }) => state === 'ready' && !probing)
  }

  beforeAll(async () => {
    ;[there, here] = await Promise.all([Sshd.start(), Sshd.start({ ownMachineId: true })])
    pg = createPool(product().databaseUrl, 2)
    await product().addWorker()
    theirs = await product().addWorker({ WORKER_SELECTOR: berlin })
  })
  afterAll(async () => {
    await pg.end()
    await Promise.all([there.stop(), here.stop()])
  })

  it('are asked for their own hosts alone: probes and watches', async () => {
    thereId = await enter('there', there, { site: 'berlin' })
    hereId = await enter('here', here, {})
    await Promise.all([trust(thereId), trust(hereId)])
    expect(await watcherOf(thereId)).toBe(theirs.holder)
    expect(await watcherOf(hereId)).not.toBe(theirs.holder)
    expect((await host(thereId)).unserved).toBeNull()
    expect((await product().caller.hosts.summary()).unservedPools).toEqual([])
  })

  it('leave the site’s hosts alone when its worker is killed, and say so', async () => {
    await theirs.kill()
    expect(await unserved()).toEqual({
      message: `No worker serves this host: those for ${berlin} do not run.`,
      next: expect.stringContaining(`WORKER_SELECTOR='${berlin}'`),
    })
    expect((await product().caller.hosts.summary()).unservedPools).toEqual([{ selector: berlin, hosts: 1 }])
    expect((await host(hereId)).unserved).toBeNull()
    const before = logins(there)
    await product().caller.hosts.probe({ hostId: thereId })
    // The others have taken what is theirs after it, more than once.
    await operator.probe(hereId)
    await operator.probe(hereId)
    const { rows } = await pg.query<{ key: string; flags: unknown }>(
      `SELECT key, flags FROM graphile_worker.jobs WHERE key = $1`,
      [`probe-host:${thereId}`],
    )
    expect(rows).toEqual([{ key: `probe-host:${thereId}`, flags: { [`pool:${berlin}`]: true } }])
    expect(logins(there)).toBe(before)
  })

  it('do it all once one for the site runs again', async () => {
    theirs = await product().addWorker({ WORKER_SELECTOR: berlin })
    await operator.host(thereId, 'it was probed', ({ probing, unserved }) => !probing && unserved === null)
    expect(await watcherOf(thereId)).toBe(theirs.holder)
  })

  it('follow a host whose label changes, what waits for it included', async () => {
    await theirs.kill()
    await unserved()
    await product().caller.hosts.probe({ hostId: thereId })
    await product().caller.hosts.update({ hostId: thereId, labels: { site: 'paris' } })
    await operator.host(
      thereId,
      'the others have probed it',
      ({ probing, unserved }) => !probing && unserved === null,
    )
    expect(await watcherOf(thereId)).not.toBe(theirs.holder)
  })

  it('leave the hosts of a pool that is forgotten to the others', async () => {
    await product().caller.hosts.update({ hostId: thereId, labels: { site: 'berlin' } })
    await unserved()
    await product().caller.hosts.probe({ hostId: thereId })
    await forgetPool(pg, parsePool(berlin).selector)
    await operator.host(
      thereId,
      'the others have probed it',
      ({ probing, unserved }) => !probing && unserved === null,
    )
    await expect(forgetPool(pg, berlin)).rejects.toThrow('No pool')
  })
})
