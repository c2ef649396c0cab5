import { availableParallelism } from 'node:os'
import type { BrowserContext } from 'playwright-core'
import { waitFor } from '@/scripts/launch/wait'
import { createPool } from '@/server/lib/pg'
import { openBrowser } from '@/test/support/open-browser'
import { type StartedProduct, startProduct } from '@/test/support/started-product'
import { Closing } from '../closing'
import { tableText } from '../report'
import { FleetRollout, untilProbed } from './fleet-rollout'
import { addHosts, signIn, trustAll } from './in-pages'
import { startLab } from './lab-process'
import { latenessOf, percentile } from './lateness'
import { type PageCall, Tab } from './tab'
import { cpuSecondsByRole, peakRssBytesOf, workerPidsBelow } from './usage'

/** What this is to hold: a page lags a second at most, and a worker has room beside others on a small machine. */
const LATEST_MS = 1_000
const WORKER_MOST_BYTES = 400 * 2 ** 20
const ASK_EVERY_MS = 2_000

interface Asked {
  hosts: number
  tabs: number
  /** Share of hosts with a fault. */
  faults: number
  seed: string
}

/**
 * A rollout over simulated hosts, watched in many tabs of one browser, all of it as `npm start` runs it. Prints what came
 * of it; false when the fleet did not converge, a page lagged or hung, or the worker took too much memory.
 */
export async function watchInTabs(asked: Asked): Promise<boolean> {
  const closing = new Closing()
  try {
    console.error(`Starting ${asked.hosts} simulated hosts, the product and a browser...`)
    const lab = await startLab(asked)
    closing.push(lab.stop)
    const product = await startProduct()
    closing.push(product.stop)
    const browser = await openBrowser()
    closing.push(browser.close)
    const pg = createPool(product.databaseUrl(), 2)
    closing.push(() => pg.end())

    const first = browser.context.pages()[0] ?? (await browser.context.newPage())
    await signIn(first, product.link)
    console.error('Entering the hosts and trusting their keys...')
    const began = performance.now()
    await addHosts(first, lab.lines, lab.privateKey)
    await untilProbed(pg)
    await trustAll(first)
    await untilProbed(pg)
    const enteredSeconds = (performance.now() - began) / 1000
    const enteredRssBytes = await workerRssBytes(product)

    const rollout = await FleetRollout.begin(first, pg)
    console.error(`Opening ${asked.tabs} tabs...`)
    const tabs = await openTabs(browser.context, product, asked.tabs, [
      `/rollouts/${rollout.rolloutId}`,
      ...['/rollouts', '/hosts', '/', '/runs', '/capacity', '/audit'],
      `/rollouts/${rollout.rolloutId}`,
    ])
    console.error('The rollout is on its way...')
    let hung = 0
    const cpuBefore = await cpuSecondsByRole()
    const watched = await rollout.watch(ASK_EVERY_MS, async () => {
      for (const tab of tabs) if (!(await tab.answers())) hung += 1
    })
    const cpu = cpuRows(cpuBefore, await cpuSecondsByRole())
    const seen = { lab, product, tabs, rollout, watched, cpu, hung, enteredSeconds, enteredRssBytes }
    return await tell(asked, seen)
  } finally {
    await closing.close()
  }
}

async function openTabs(
  context: BrowserContext,
  { origin }: StartedProduct,
  count: number,
  addresses: readonly string[],
): Promise<Tab[]> {
  const tabs: Tab[] = []
  for (let index = 0; index < count; index++)
    tabs.push(await Tab.open(context, origin, addresses[index % addresses.length] ?? '/'))
  return tabs
}

interface Seen {
  lab: Awaited<ReturnType<typeof startLab>>
  product: StartedProduct
  tabs: readonly Tab[]
  rollout: FleetRollout
  watched: Awaited<ReturnType<FleetRollout['watch']>>
  cpu: string[][]
  hung: number
  enteredSeconds: number
  /** The most a worker had by then. */
  enteredRssBytes: number
}

async function workerRssBytes({ pid }: StartedProduct): Promise<number> {
  const workers = await workerPidsBelow(pid)
  return Math.max(0, ...(await Promise.all(workers.map(peakRssBytesOf))))
}

/** The procedures that took most of the pages' time. */
function callRows(calls: readonly PageCall[]): string[][] {
  const ofProcedure = new Map<string, PageCall[]>()
  for (const call of calls)
    ofProcedure.set(call.procedure, [...(ofProcedure.get(call.procedure) ?? []), call])
  const most = [...ofProcedure].toSorted(([, a], [, b]) => sumOf(b, 'ms') - sumOf(a, 'ms')).slice(0, 12)
  return [
    [
      'procedure',
      'calls',
      'KiB',
      'median ms',
      '95 % ms',
      'server, median ms',
      'server, 95 % ms',
      'waited, 95 % ms',
    ],
    ...[...most, ['all', calls] as const].map(([procedure, own]) => [
      procedure,
      String(own.length),
      (sumOf(own, 'bytes') / 1024).toFixed(0),
      shareOf(own, 'ms', 0.5),
      shareOf(own, 'ms', 0.95),
      shareOf(own, 'serverMs', 0.5),
      shareOf(own, 'serverMs', 0.95),
      shareOf(own, 'waitedMs', 0.95),
    ]),
  ]
}

type Figure = 'ms' | 'waitedMs' | 'serverMs' | 'bytes'

const sumOf = (calls: readonly PageCall[], figure: Figure) =>
  calls.reduce((sum, call) => sum + call[figure], 0)

const shareOf = (calls: readonly PageCall[], figure: Figure, share: number) =>
  percentile(
    calls.map((call) => call[figure]),
    share,
  ).toFixed(0)

/** Who was at work while the rollout ran. */
function cpuRows(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[][] {
  const used = [...after].map(([role, seconds]) => [role, seconds - (before.get(role) ?? 0)] as const)
  return [
    ['process', 'processor seconds'],
    ...used.toSorted(([, a], [, b]) => b - a).map(([role, seconds]) => [role, seconds.toFixed(1)]),
  ]
}

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0)

async function tell(asked: Asked, seen: Seen): Promise<boolean> {
  const { lab, product, tabs, rollout, watched, cpu, hung, enteredSeconds, enteredRssBytes } = seen
  const lateness: number[] = []
  const rows: string[][] = []
  for (const tab of tabs) {
    // The last figure may still be on its way.
    await waitFor(
      async () =>
        (await tab.kept()).shown.at(-1)?.value === watched.committed.at(-1)?.value ? true : undefined,
      { withinMs: tab.address === `/rollouts/${rollout.rolloutId}` ? 10_000 : 0 },
    )
    const { shown, longestTaskMs } = await tab.kept()
    const late = shown.length === 0 ? [] : latenessOf(watched.committed, shown, Date.now())
    lateness.push(...late)
    rows.push([
      tab.address.replace(rollout.rolloutId, '…'),
      late.length === 0 ? '–' : Math.max(...late).toFixed(0),
      longestTaskMs.toFixed(0),
      tab.slowestAnswerMs.toFixed(0),
    ])
  }
  const calls = (await Promise.all(tabs.map((tab) => tab.calls()))).flat()
  const complaints = tabs.flatMap((tab) => tab.complaints)
  const slowestMs = Math.max(0, ...lateness)
  const rssBytes = await workerRssBytes(product)
  const outcome = await rollout.outcome(lab.faults)

  console.log(`${asked.hosts} simulated hosts, ${asked.tabs} tabs, on ${availableParallelism()} processors`)
  console.log(tableText([['tab', 'slowest update ms', 'longest task ms', 'slowest answer ms'], ...rows]))
  console.log(tableText(callRows(calls)))
  console.log(tableText(cpu))
  console.log(
    `Entered and probed in ${enteredSeconds.toFixed(0)} s; the rollout took ${watched.seconds.toFixed(0)} s and is ` +
      `${outcome.state}. ${lateness.length} updates: median ${percentile(lateness, 0.5).toFixed(0)} ms, ` +
      `95 % within ${percentile(lateness, 0.95).toFixed(0)} ms, all within ${slowestMs.toFixed(0)} ms. ` +
      `Worker at most ${mib(enteredRssBytes)} MiB when all were entered, ${mib(rssBytes)} MiB at the end.`,
  )
  console.log(tableText([['fault of the lab', 'came to', 'hosts'], ...outcome.byFault]))
  for (const line of [...outcome.unsettled, ...complaints]) console.log(line)
  const isWell =
    outcome.unsettled.length === 0 &&
    complaints.length === 0 &&
    hung === 0 &&
    lateness.length > 0 &&
    slowestMs <= LATEST_MS &&
    rssBytes > 0 &&
    rssBytes <= WORKER_MOST_BYTES
  console.log(
    JSON.stringify({
      ...{ bench: 'tabs', hosts: asked.hosts, tabs: asked.tabs, converged: outcome.unsettled.length === 0 },
      ...{ slowestUpdateMs: Math.round(slowestMs), hung, workerRssBytes: rssBytes, isWell },
    }),
  )
  return isWell
}
