import { Broken } from '../support/rollout-limits'
import { time } from './time'
import { World } from './world'

export interface SeedResult {
  seed: number
  /** What did not hold; null when all of it did. */
  broken: string | null
  /** The same for the same seed. */
  hash: number
  trace: string[]
  virtualMs: number
  events: number
  figures: string
}

/** Plays one seed from its beginning to rest. Rejects for a fault of the simulation itself. */
export async function runSeed(seed: number, isTold = false): Promise<SeedResult> {
  // Errors are expected by the thousand, and nobody reads where they came from.
  if (!isTold) Error.stackTraceLimit = 0
  const world = new World(seed, isTold)
  const beganMs = world.nowMs
  let broken: string | null = null
  try {
    await world.play(world.run())
  } catch (error) {
    if (!(error instanceof Broken)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      throw new Error(`Seed ${seed}: ${text}\n${world.trace.lines.slice(-40).join('\n')}`)
    }
    broken = error.message
    world.trace.say('watch', `BROKEN: ${broken}`)
  }
  const { hash, lines } = world.trace
  const figures = JSON.stringify(world.figures)
  return { seed, broken, hash, trace: lines, virtualMs: world.nowMs - beganMs, events: time.fired, figures }
}
