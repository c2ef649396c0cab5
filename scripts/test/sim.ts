import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { complaintOf, makeSimulation } from '@/test/sim/play'
import { runTool } from './tool'

const usage = `npm run test:sim                                  the suite, as npm test runs it
npm run test:sim -- --seeds 100000 --from 1       so many seeds, in all processors
npm run test:sim -- --seed 7                      one seed, and what happened in it`

/** A whole number that an option gives, or `otherwise`; says so and ends where it is none. */
function whole(name: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise
  const value = Number(given)
  if (Number.isSafeInteger(value) && value >= 1) return value
  console.error(`--${name} takes a whole number from 1, not "${given}".\n${usage}`)
  process.exit(2)
}

async function replay(seed: number): Promise<number> {
  const simulation = await makeSimulation()
  let complaint: string | null = null
  try {
    await simulation.play({ from: seed, count: 1, isTold: true }, (played) => {
      if ('result' in played) console.log(`${played.result.trace.join('\n')}\n${played.result.figures}`)
      complaint = complaintOf(played)
      return true
    })
  } finally {
    await simulation.remove()
  }
  console.log(complaint ?? `Seed ${seed}: everything held, and came to rest.`)
  return complaint === null ? 0 : 1
}

async function playMany(from: number, count: number): Promise<number> {
  const simulation = await makeSimulation()
  const began = performance.now()
  let played = 0
  let broken = 0
  let virtualMs = 0
  const seconds = () => ((performance.now() - began) / 1000).toFixed(0)
  try {
    await simulation.play({ from, count, threads: availableParallelism() }, (each) => {
      played += 1
      if ('result' in each) virtualMs += each.result.virtualMs
      const complaint = complaintOf(each)
      if (complaint !== null) {
        broken += 1
        console.log(complaint)
      }
      if (played % 1000 === 0) console.log(`${played} of ${count} seeds, ${broken} broken, ${seconds()} s`)
      return broken < 100
    })
  } finally {
    await simulation.remove()
  }
  const hours = Math.round(virtualMs / 3_600_000)
  console.log(`${played} seeds from ${from}, ${broken} broken; ${hours} simulated hours in ${seconds()} s`)
  return broken === 0 && played === count ? 0 : 1
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } },
  })
  if (values.seed !== undefined) return replay(whole('seed', values.seed, 1))
  if (values.seeds !== undefined || values.from !== undefined)
    return playMany(whole('from', values.from, 1), whole('seeds', values.seeds, 2000))
  return runTool(['tsx', 'scripts/test/main.ts', 'sim'], new AbortController().signal)
}

process.exitCode = await main()
