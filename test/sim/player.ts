import { parentPort, workerData } from 'node:worker_threads'
import { runSeed, type SeedResult } from './run-seed'

/** What a thread of the simulation is to play: every `step`-th seed of `count` from `from` on. */
export interface Share {
  from: number
  count: number
  step: number
  isTold: boolean
}

export type Played = { seed: number; result: SeedResult } | { seed: number; fault: string }

/** Runs in a thread of its own: one seed after the other, each told to whoever started it. */
async function play({ from, count, step, isTold }: Share): Promise<void> {
  for (let seed = from; seed < from + count; seed += step) {
    const played: Played = await runSeed(seed, isTold).then(
      (result) => ({ seed, result }),
      (error: unknown) => ({ seed, fault: error instanceof Error ? error.message : String(error) }),
    )
    parentPort?.postMessage(played)
  }
}

await play(workerData as Share)
