import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GET } from '@/app/metrics/route'
import { run } from '@/scripts/lib/child'
import { recordReadings } from '@/server/capacity/ingest'
import { readProcessFigures } from '@/server/metrics/process-figures'
import { recordWorkerFigures } from '@/server/metrics/worker-figures'
import { meters } from '@/server/worker/meters'
import { addReadyHost } from '@/test/support/jobs'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const origin = 'http://127.0.0.1:3000'
const gib = 2 ** 30

let stage: ServedStage
let token = ''
beforeAll(async () => {
  stage = await createServedStage()
  token = (await stage.person('viewer')).token
  // A name as somebody may type it: it must not break a line of the text.
  const { hostId } = await addReadyHost(stage, 'db-"01"')
  await addReadyHost(stage, 'silent')
  await recordReadings(stage.pg, [
    {
      hostId,
      at: new Date(),
      bootId: 'boot',
      totalBytes: BigInt(6 * gib),
      freeBytes: BigInt(gib),
      availableBytes: BigInt(2 * gib),
      tiers: { dram: BigInt(4 * gib), pmem: BigInt(2 * gib), cxl: 0n, hbm: 0n },
      nodes: [],
      devices: [],
      convertibleBytes: BigInt(gib),
      lostBytes: 4096n,
    },
  ])
  meters.tasks.observe({ task: 'probe-host', outcome: 'done' }, 0.2)
  const workers = ['machine:1:a', 'machine:2:b']
  for (const holder of workers) {
    const figures = await readProcessFigures({ process: 'worker', worker: holder.slice(0, 9) })
    await recordWorkerFigures(stage.pg, holder, figures)
  }
})
afterAll(() => stage.close())

async function scrape(
  path = '/metrics',
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
) {
  const answer = await GET(
    new Request(`${origin}${path}`, { headers: { host: '127.0.0.1:3000', ...headers } }),
  )
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
}

/** Values by series, as a scraper reads them. */
function seriesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

const promtool = (args: string[], input?: string) =>
  run('promtool', args, { timeoutMs: 60_000, stdin: input })

describe('/metrics', () => {
  it('is told to a token with metrics:view, and to nobody else', async () => {
    expect(await scrape('/metrics', {})).toMatchObject({ status: 401 })
    expect(await scrape('/metrics', { authorization: 'Bearer dxf_nothing' })).toMatchObject({ status: 401 })
    const other = await stage.person('admin', ['hosts:operate'])
    expect(await scrape('/metrics', { authorization: `Bearer ${other.token}` })).toMatchObject({
      status: 403,
      text: expect.stringContaining('metrics:view'),
    })
    expect(
      await scrape('/metrics', { host: 'rebound.example', authorization: `Bearer ${token}` }),
    ).toMatchObject({
      status: 421,
    })
    expect(await scrape()).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
  })

  it('has the fleet’s memory in bytes, of hosts that report, and all states with 0 that nothing is in', async () => {
    const series = seriesOf((await scrape()).text)
    expect(Object.fromEntries(series)).toMatchObject({
      'daxfleet_memory_bytes{tier="dram"}': 4 * gib,
      'daxfleet_memory_bytes{tier="pmem"}': 2 * gib,
      'daxfleet_memory_bytes{tier="cxl"}': 0,
      daxfleet_memory_available_bytes: 2 * gib,
      daxfleet_convertible_bytes: gib,
      daxfleet_lost_bytes: 4096,
      daxfleet_reporting_hosts: 1,
      'daxfleet_hosts{standing="ready"}': 2,
      'daxfleet_hosts{standing="quarantined"}': 0,
      'daxfleet_devices{kind="pmem",state="convertible"}': 2,
      'daxfleet_jobs{state="acting"}': 0,
      'daxfleet_ended_jobs{state="lost"}': 0,
      daxfleet_fleet_stop_pulled: 0,
    })
    expect([...series.keys()].filter((name) => name.startsWith('daxfleet_host_'))).toEqual([])
  })

  it('has each host by name for who asks, and of a silent one no memory', async () => {
    const series = seriesOf((await scrape('/metrics?hosts=yes')).text)
    expect(Object.fromEntries(series)).toMatchObject({
      'daxfleet_host_memory_bytes{host="db-\\"01\\"",tier="pmem"}': 2 * gib,
      'daxfleet_host_memory_available_bytes{host="db-\\"01\\""}': 2 * gib,
      'daxfleet_host_standing{host="silent",standing="ready"}': 1,
    })
    expect(series.has('daxfleet_host_memory_bytes{host="silent",tier="dram"}')).toBe(false)
  })

  it('has the processes by themselves: the web server and each worker that told lately', async () => {
    await stage.pg.query(
      `UPDATE "WorkerFigures" SET at = at - interval '1 hour' WHERE holder = 'machine:2:b'`,
    )
    const told = [...seriesOf((await scrape()).text).keys()].filter((name) =>
      name.startsWith('process_resident_memory_bytes'),
    )
    expect(told).toEqual([
      'process_resident_memory_bytes{process="web"}',
      'process_resident_memory_bytes{process="worker",worker="machine:1"}',
    ])
  })

  it('is in order by Prometheus’ own check', async () => {
    const { text } = await scrape('/metrics?hosts=yes')
    const checked = await promtool(['check', 'metrics'], text)
    expect(`${checked.stdout}${checked.stderr}`).toBe('')
    expect(checked.status).toBe(0)
  })
})

describe('what is built on the metrics', () => {
  it('names none that /metrics does not tell', async () => {
    const { text } = await scrape('/metrics?hosts=yes')
    const told = new Set([...seriesOf(text).keys()].map((name) => name.replace(/\{.*/s, '')))
    for (const file of ['docs/grafana/daxfleet.json', 'docs/prometheus/daxfleet.rules.yml']) {
      const named = readFileSync(root + file, 'utf8').match(/\b(daxfleet|process|nodejs)_[a-z0-9_]+\b/g) ?? []
      // The queue's tables are there once a worker was.
      const unknown = new Set(named.filter((name) => !told.has(name) && !name.startsWith('daxfleet_queue_')))
      expect([...unknown], file).toEqual([])
      expect(named.length).toBeGreaterThan(10)
    }
  })

  it('alerts when it should and only then, by Prometheus’ own tests', async () => {
    const tested = await promtool(['test', 'rules', `${root}docs/prometheus/daxfleet.rules.test.yml`])
    expect(tested.status, tested.stdout + tested.stderr).toBe(0)
  })
})
