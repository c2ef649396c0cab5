import { randomUUID } from 'node:crypto'
import { EventHub } from '@/server/events/hub'
import { createDb } from '@/server/lib/db'
import { createCallerFactory } from '@/server/trpc/procedures'
import { appRouter } from '@/server/trpc/root'
import type { BenchDatabase, BenchPostgres } from './postgres'

const createCaller = createCallerFactory(appRouter)
const DAY_MS = 86_400_000
const WARM_UP = 5

export interface Timed {
  p50Ms: number
  p95Ms: number
  /** Processor time of Postgres and of this process for one: on a busy machine the truer figure. */
  cpuMs: number
}

/** Times the questions that the pages ask, by the procedures they call. */
export class Charts {
  private readonly db
  private readonly hub
  private readonly caller

  constructor(
    private readonly postgres: BenchPostgres,
    { url, pg }: BenchDatabase,
    private readonly hostIds: readonly string[],
    private readonly nowMs: number,
  ) {
    this.db = createDb(url, 5)
    this.hub = new EventHub(url)
    const via = { type: 'session', sessionId: randomUUID() } as const
    const user = {
      id: randomUUID(),
      name: 'Bench',
      secondFactor: 'off',
      email: 'bench@example.test',
      role: 'viewer',
      via,
    } as const
    this.caller = createCaller({ db: this.db, pg, hub: this.hub, user })
  }

  /** One host, another one each time. */
  host(days: number): Promise<Timed> {
    return this.time(60, (index) => {
      const hostId = this.hostIds[(index * 7) % this.hostIds.length] ?? ''
      const by = (['tier', 'node', 'device'] as const)[index % 3] ?? 'tier'
      return this.caller.capacity.host({ hostId, by, ...this.range(days) })
    })
  }

  fleet(groupBy: string | null): Promise<Timed> {
    return this.time(30, () => this.caller.capacity.fleet({ ...this.range(1), groupBy }))
  }

  map(): Promise<Timed> {
    return this.time(20, () => this.caller.capacity.map({}))
  }

  /** The first window of the hosts page, narrowed as people do. */
  hostsList(): Promise<Timed> {
    const queries = [
      'label:site=ams state:ready',
      'kind:pmem state!=converted',
      'rack node-0',
      'state:needs_attention',
    ]
    return this.time(60, (index) =>
      this.caller.hosts.list({ query: queries[index % queries.length] ?? '', limit: 100 }),
    )
  }

  async close(): Promise<void> {
    await this.hub.close()
    await this.db.$disconnect()
  }

  private range(days: number) {
    return { from: new Date(this.nowMs - days * DAY_MS), to: new Date(this.nowMs) }
  }

  private async time(rounds: number, ask: (index: number) => Promise<unknown>): Promise<Timed> {
    for (let index = 0; index < WARM_UP; index += 1) await ask(index)
    const [postgresBefore, ownBefore] = [await this.postgres.cpuSeconds(), process.cpuUsage()]
    const times: number[] = []
    for (let index = 0; index < rounds; index += 1) {
      const began = performance.now()
      await ask(index)
      times.push(performance.now() - began)
    }
    const { user, system } = process.cpuUsage(ownBefore)
    const seconds = (await this.postgres.cpuSeconds()) - postgresBefore + (user + system) / 1e6
    times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0
    return { p50Ms: at(0.5), p95Ms: at(0.95), cpuMs: (1000 * seconds) / rounds }
  }
}
