import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPostgres } from '@/scripts/launch/postgres'
import { isAlive } from '@/scripts/launch/processes'
import { waitFor } from '@/scripts/launch/wait'
import { makeFolder } from './launched'

describe('the embedded Postgres', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = makeFolder()
  })
  afterEach(() => fs.rmSync(dataDir, { recursive: true, force: true }))
  const start = () => startPostgres({ dataDir, database: 'daxfleet', durable: false })
  const cluster = () => path.join(dataDir, 'postgres', 'cluster')

  it('is adopted when it still runs, and can be stopped by whoever adopted it', async () => {
    const first = await start()
    const second = await start()
    expect(second).toMatchObject({ adopted: true, pid: first.pid, port: first.port })
    await second.stop()
    expect(isAlive(first.pid)).toBe(false)
    await first.gone
    await second.gone
  })

  it('keeps its password from others, and opens no socket in the file system', async () => {
    const server = await start()
    expect(fs.statSync(path.join(dataDir, 'postgres', 'password')).mode & 0o777).toBe(0o600)
    expect(fs.statSync(path.join(dataDir, 'postgres')).mode & 0o777).toBe(0o700)
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    const { rows } = await client.query('SHOW unix_socket_directories')
    expect(rows).toEqual([{ unix_socket_directories: '' }])
    await client.end()
    await server.stop()
  })

  it('takes no stranger for itself whose process id an old file names', async () => {
    await (await start()).stop()
    const stranger = spawn('sleep', ['300'])
    try {
      fs.writeFileSync(
        path.join(cluster(), 'postmaster.pid'),
        `${stranger.pid}\n${cluster()}\n0\n5432\n\n127.0.0.1\n`,
      )
      const server = await start()
      expect(server.adopted).toBe(false)
      await server.stop()
      expect(isAlive(stranger.pid ?? 0)).toBe(true)
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  it('starts again right after kill -9, with what was committed', async () => {
    const killed = await start()
    const client = new pg.Client({ connectionString: killed.url })
    client.on('error', () => {})
    await client.connect()
    await client.query('CREATE TABLE kept AS SELECT 7 AS seven')
    process.kill(killed.pid, 'SIGKILL')
    await waitFor(() => (isAlive(killed.pid) ? undefined : true), { withinMs: 10_000 })
    const server = await startPostgres({ dataDir, database: 'daxfleet', durable: false, port: killed.port })
    expect(server).toMatchObject({ adopted: false, port: killed.port })
    const again = new pg.Client({ connectionString: server.url })
    await again.connect()
    expect((await again.query('SELECT seven FROM kept')).rows).toEqual([{ seven: 7 }])
    await again.end()
    await server.stop()
  })

  it('makes its cluster anew when the first attempt was cut off half-way', async () => {
    const home = path.join(dataDir, 'postgres')
    fs.mkdirSync(path.join(home, 'cluster.new', 'base'), { recursive: true })
    fs.writeFileSync(path.join(home, 'password'), 'of the attempt that was cut off', { mode: 0o600 })
    const server = await start()
    expect(server.adopted).toBe(false)
    await server.stop()
  })

  it.runIf(process.getuid?.() === 0)('finds a place where nobody may enter the data folder', async () => {
    const closed = path.join(dataDir, 'closed')
    fs.mkdirSync(closed, { mode: 0o700 })
    const said: string[] = []
    const options = { dataDir: path.join(closed, 'data'), database: 'daxfleet', durable: false }
    const server = await startPostgres({ ...options, say: (line) => said.push(line) })
    const home = fs.realpathSync(path.join(closed, 'data', 'postgres'))
    expect(said).toEqual([expect.stringContaining(`Postgres keeps its data in ${home}`)])
    await server.stop()
    const again = await startPostgres(options)
    expect(again.url.split('@')[0]).toBe(server.url.split('@')[0])
    await again.stop()
    fs.rmSync(home, { recursive: true })
  })

  it('says what is missing when the password file is lost', async () => {
    await (await start()).stop()
    fs.rmSync(path.join(dataDir, 'postgres', 'password'))
    await expect(start()).rejects.toThrow(/password is missing, and nothing else opens the cluster/)
  })
})
