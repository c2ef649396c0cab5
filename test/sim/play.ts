import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { buildSimulation } from './build'
import type { Played } from './player'
import type { Variant } from './variants'

const cache = fileURLToPath(new URL('../../.cache', import.meta.url))

/** A built simulation; whoever makes it removes it. */
export interface Simulation {
  /** Plays seeds in so many threads; `onPlayed` answers whether to go on. Rejects when a thread breaks. */
  play(
    seeds: { from: number; count: number; threads?: number; isTold?: boolean },
    onPlayed: (played: Played) => boolean,
  ): Promise<void>
  remove(): Promise<void>
}

/** Builds the simulation, or a broken variant of it. In the cache, since it must find the packages of this project. */
export async function makeSimulation(variant: Variant | null = null): Promise<Simulation> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(path.join(cache, 'sim-'))
  const file = path.join(folder, 'player.mjs')
  await buildSimulation(file, variant)
  return {
    async play({ from, count, threads = 1, isTold = false }, onPlayed) {
      const workers = Array.from({ length: Math.min(threads, count) }, (_, at) => {
        const share = { from: from + at, count: count - at, step: Math.min(threads, count), isTold }
        return new Worker(file, { workerData: share })
      })
      const stop = () => Promise.all(workers.map((worker) => worker.terminate()))
      const ended = workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            worker.on('message', (played: Played) => {
              if (!onPlayed(played)) void stop()
            })
            worker.once('error', reject)
            worker.once('exit', () => resolve())
          }),
      )
      await Promise.all(ended).finally(stop)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What was wrong with a seed, and how to see it again; null when all of it held. */
export function complaintOf(played: Played): string | null {
  const again = `npm run test:sim -- --seed ${played.seed}`
  if ('fault' in played) return `Seed ${played.seed} could not be played: ${played.fault}\n  ${again}`
  const { broken } = played.result
  return broken === null ? null : `Seed ${played.seed}: ${broken}\n  ${again}`
}
