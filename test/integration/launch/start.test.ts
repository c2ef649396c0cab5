import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '@/scripts/launch/free-port'
import { isAlive } from '@/scripts/launch/processes'
import { waitFor } from '@/scripts/launch/wait'
import { Launched, makeFolder, processesOf } from './launched'

const FIVE_MINUTES = 300_000
const isRoot = process.getuid?.() === 0
/** `nobody`, on every Linux. */
const ORDINARY = { uid: 65_534, gid: 65_534 }

describe('npm start', () => {
  let folder: string
  beforeAll(() => {
    folder = makeFolder()
  })
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

  it(
    'starts on a fresh folder whose path holds spaces, with nothing built yet, and SIGTERM leaves nothing behind',
    async () => {
      const launched = await Launched.start(folder, { env: { CACHE_DIR: path.join(folder, 'cache') } })
      expect(launched.output).toContain('Building the agent')
      expect(launched.output).toMatch(/Make the first account .*http:\/\/127\.0\.0\.1:\d+\/setup#\S+/)
      expect(await statusOf(launched.port)).toBe(200)
      const pids = processesOf(folder)
      expect(pids).toHaveLength(3)
      expect(await launched.terminate()).toBe(0)
      expect(pids.filter(isAlive)).toEqual([])
    },
    FIVE_MINUTES,
  )

  it(
    'brings back a killed worker, web and Postgres, and loses nothing',
    async () => {
      const launched = await Launched.start(folder)
      await query(folder, 'CREATE TABLE kept AS SELECT 7 AS seven')
      const before = processesOf(folder)
      for (const pid of before) process.kill(pid, 'SIGKILL')
      const back = await waitFor(
        () => {
          const now = processesOf(folder)
          return now.length === 3 && !now.some((pid) => before.includes(pid)) ? true : undefined
        },
        { withinMs: 120_000 },
      )
      expect(back).toBe(true)
      const rows = await waitFor(() => query(folder, 'SELECT seven FROM kept').catch(() => undefined), {
        withinMs: 60_000,
      })
      expect(rows).toEqual([{ seven: 7 }])
      const serves = await waitFor(async () => ((await statusOf(launched.port)) === 200 ? true : undefined), {
        withinMs: 60_000,
      })
      expect(serves).toBe(true)
      expect(await launched.terminate('SIGINT')).toBe(0)
    },
    FIVE_MINUTES,
  )

  it(
    'recovers by itself after kill -9 of the supervisor',
    async () => {
      const killed = await Launched.start(folder)
      const orphans = processesOf(folder)
      await killed.terminate('SIGKILL')
      const next = new Launched({ DATA_DIR: folder, PORT: String(killed.port) })
      await next.ready()
      expect(next.output).toContain('Postgres was still running after an unclean end')
      const now = processesOf(folder)
      expect(orphans.filter((pid) => isAlive(pid) && !now.includes(pid))).toEqual([])
      expect(await query(folder, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }])
      expect(await next.terminate()).toBe(0)
      expect(now.filter(isAlive)).toEqual([])
    },
    FIVE_MINUTES,
  )

  it(
    'lets one of two starters run, and tells the other who does',
    async () => {
      const port = await freePort()
      const both = [0, 1].map(() => new Launched({ DATA_DIR: folder, PORT: String(port) }))
      const loser = await Promise.race(both.map(async (one) => ({ one, status: await one.status() })))
      expect(loser.status).toBe(1)
      expect(loser.one.output).toMatch(
        /^Daxfleet already runs on .* \(process \d+, http:\/\/127\.0\.0\.1:\d+\)/,
      )
      const winner = both.find((one) => one !== loser.one)
      await winner?.ready()
      expect(await winner?.terminate()).toBe(0)
    },
    FIVE_MINUTES,
  )

  it.runIf(isRoot)(
    'works as an ordinary user',
    async () => {
      const own = makeFolder()
      fs.chownSync(own, ORDINARY.uid, ORDINARY.gid)
      try {
        const launched = await Launched.start(own, { account: ORDINARY })
        expect(await statusOf(launched.port)).toBe(200)
        expect(fs.statSync(path.join(own, 'keys', 'credential-key')).mode & 0o777).toBe(0o600)
        expect(await launched.terminate()).toBe(0)
        expect(processesOf(own)).toEqual([])
      } finally {
        fs.rmSync(own, { recursive: true, force: true })
      }
    },
    FIVE_MINUTES,
  )
})

describe('npm start says in one sentence', () => {
  let folder: string
  beforeAll(() => {
    folder = makeFolder()
  })
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

  it('that Node is too old', () =>
    refusal(
      { DAXFLEET_PRETEND_NODE: '18.20.4' },
      /^Daxfleet needs Node 20\.19 or later, and this is Node 18\.20\.4: install a newer one\.$/,
    ))

  it('that a variable makes no sense', () =>
    refusal({ PORT: 'eighty' }, /^PORT must be a whole number .*, but is "eighty"\.$/))

  it('that the port is taken', async () => {
    const server = net.createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port))
    })
    await refusal(
      { PORT: String(port) },
      /^Port \d+ on 127\.0\.0\.1 is taken by another program: stop that, or set PORT to a free one\.$/,
    )
    await new Promise((resolve) => server.close(resolve))
  })

  it('that the data folder is no folder', async () => {
    const file = path.join(folder, 'a file')
    fs.writeFileSync(file, '')
    await refusal(
      { DATA_DIR: file },
      /^The data folder .* is not a folder: mend that, or set DATA_DIR to another folder\.$/,
    )
  })

  it.runIf(isRoot)('that the data folder cannot be used', () => {
    const closed = path.join(folder, 'closed')
    fs.mkdirSync(closed, { mode: 0o700 })
    return refusal(
      { DATA_DIR: closed, HOME: '/nonexistent', TMPDIR: '/tmp' },
      /^The data folder .* cannot be read and written by this user \(EACCES\)/,
      ORDINARY,
    )
  })

  it.each([
    [
      'nothing listens there',
      'postgresql://u:secret@127.0.0.1:1/x',
      /^DATABASE_URL is wrong: nothing listens at 127\.0\.0\.1:1: .*\.$/,
    ],
    [
      'no such host exists',
      'postgresql://u:secret@nowhere.invalid/x',
      /^DATABASE_URL is wrong: .*nowhere\.invalid.*\.$/,
    ],
    ['it is no Postgres address', 'mysql://u:secret@127.0.0.1/x', /^DATABASE_URL must look like postgresql:/],
  ])('what is wrong with DATABASE_URL: %s', async (_why, url, sentence) => {
    expect(await refusal({ DATABASE_URL: url }, sentence)).not.toContain('secret')
  })

  async function refusal(
    env: Record<string, string>,
    sentence: RegExp,
    account: { uid?: number; gid?: number } = {},
  ): Promise<string> {
    const launched = new Launched({ DATA_DIR: folder, PORT: String(await freePort()), ...env }, account)
    expect(await launched.status()).toBe(1)
    const said = launched.output.trim()
    expect(said).toMatch(sentence)
    expect(said.split('\n')).toHaveLength(1)
    return said
  }
})

async function statusOf(port: number): Promise<number> {
  return fetch(`http://127.0.0.1:${port}/sign-in`).then(
    (response) => response.status,
    () => 0,
  )
}

async function query(dataDir: string, text: string): Promise<unknown[]> {
  const url = fs.readFileSync(path.join(dataDir, 'run', 'database-url'), 'utf8').trim()
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => {})
  }
}
