import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildAgent } from '@/scripts/agent/build'
import { findCompiler } from '@/scripts/agent/compilers'
import { type GuestSpec, openLab } from '@/scripts/lab/lab'
import { runOrThrow } from '@/scripts/lib/child'
import { Conversions, INSPECT, type Timed, type Way } from './conversions'
import { median, ratio, tableText } from './report'

const WAYS: readonly Way[] = ['agent', 'daxctl', 'shell']
const ROUNDS = 9
const GUESTS: readonly (GuestSpec & { name: string })[] = [
  { name: 'small-blocks', kind: 'small', nvdimms: [{ sizeMib: 4096, namespace: 'devdax' }] },
  { name: 'production-blocks', kind: 'production' },
]

const ms = (ns: number) => (ns / 1e6).toFixed(1)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** The first line on this machine itself: an emulated processor takes ten times as long, and no host has one. */
async function firstLineHereNs(stopwatch: string, agent: string, signal: AbortSignal): Promise<number> {
  const took: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const stdout = await runOrThrow(stopwatch, ['ask', agent, INSPECT], { timeoutMs: 30_000, signal })
    took.push(Number(JSON.parse(stdout.trim().split('\n').at(-1) ?? '').firstLineNs))
  }
  return median(took)
}

interface Result {
  blocks: number
  byWay: Record<Way, Timed[]>
  inspects: Timed[]
}

async function measure(conversions: Conversions): Promise<Result> {
  const byWay: Record<Way, Timed[]> = { agent: [], daxctl: [], shell: [] }
  const inspects: Timed[] = []
  const blocks = await conversions.blocks()
  // One round unmeasured: caches and page tables of a fresh guest are nobody's merit.
  for (let round = -1; round < ROUNDS; round += 1) {
    // Each round begins with another way, so that none always follows the same one.
    const order = WAYS.map((_, index) => WAYS[(index + round + WAYS.length) % WAYS.length] ?? 'agent')
    for (const way of order) {
      const timed = await conversions.time(way)
      await conversions.restore()
      if (round >= 0) byWay[way].push(timed)
    }
    const inspected = await conversions.inspect()
    if (round >= 0) inspects.push(inspected)
  }
  return { blocks, byWay, inspects }
}

async function main(): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const { signal } = stop
  const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet-bench-'))
  try {
    const cacheDir = path.join(root, '.cache', 'agent')
    const built = await buildAgent({ arch: 'x64', cacheDir, signal })
    const compiler = await findCompiler('x64', cacheDir, signal)
    const stopwatch = path.join(folder, 'stopwatch')
    const source = path.join(root, 'scripts', 'bench', 'stopwatch.c')
    const flags = [...compiler.args, '-O2', '-static', '-o', stopwatch, source]
    await runOrThrow(compiler.program, flags, { timeoutMs: 60_000, signal })

    const lab = await openLab({ dir: path.join(folder, 'lab'), signal, log: console.error })
    const rows = [['blocks', ...WAYS.map((way) => `${way} ms`), 'agent/daxctl', 'agent/shell']]
    const shares = [['of the agent, ms', 'writes', 'preflight, read-back', 'else']]
    const hereNs = await firstLineHereNs(stopwatch, built.path, signal)
    let [vsDaxctl, vsShell, firstLineNs, peakRssKb, withToolsKb] = [0, 0, 0, 0, 0]
    for (const spec of GUESTS) {
      console.error(`${spec.name}: ${ROUNDS} rounds of ${WAYS.join(', ')}...`)
      const guest = await lab.start(spec)
      const conversions = await Conversions.on(guest, { agent: built.path, stopwatch })
      const { blocks, byWay, inspects } = await measure(conversions)
      const ownKb = await conversions.ownPeakKb()
      await guest.powerOff()
      const middle = (way: Way) => median(byWay[way].map(({ ns }) => ns))
      const [agent, daxctl, shell] = [middle('agent'), middle('daxctl'), middle('shell')]
      rows.push([
        `${blocks} (${spec.name})`,
        ...[agent, daxctl, shell].map(ms),
        ratio(agent / daxctl).toFixed(2),
        ratio(agent / shell).toFixed(2),
      ])
      const writesMs = median(byWay.agent.map((each) => each.writesMs ?? 0))
      const looksMs = median(byWay.agent.map((each) => each.looksMs ?? 0))
      const elseMs = agent / 1e6 - writesMs - looksMs
      shares.push([spec.name, ...[writesMs, looksMs, elseMs].map((share) => share.toFixed(0))])
      // The worse of the guests counts.
      vsDaxctl = Math.max(vsDaxctl, agent / daxctl)
      vsShell = Math.max(vsShell, agent / shell)
      firstLineNs = Math.max(firstLineNs, median(inspects.map((each) => each.firstLineNs)))
      peakRssKb = Math.max(peakRssKb, ownKb, ...byWay.agent.map((each) => each.peakRssKb))
      withToolsKb = Math.max(withToolsKb, ...inspects.map((each) => each.peakRssKb))
    }
    await lab.close()
    console.log(`${tableText(rows)}\n\n${tableText(shares)}\n`)
    console.log(
      `Medians of ${ROUNDS} rounds, ways taken in turn, timed inside the guest (${lab.accelerator}).`,
    )
    console.log(
      `agent: ${built.sizeBytes} B, first line ${ms(hereNs)} ms after its start on this machine, ${ms(firstLineNs)} ms in the guest; ` +
        `${peakRssKb} KiB at most, with the largest of the tools it asks ${withToolsKb} KiB.`,
    )
    const line = {
      bench: 'agent',
      vsDaxctl: ratio(vsDaxctl),
      vsShell: ratio(vsShell),
      binaryBytes: built.sizeBytes,
      firstLineMs: ratio(hereNs / 1e6),
      firstLineInGuestMs: ratio(firstLineNs / 1e6),
      peakRssBytes: peakRssKb * 1024,
      peakRssWithToolsBytes: withToolsKb * 1024,
    }
    console.log(JSON.stringify(line))
  } finally {
    stop.abort()
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
