import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complaintOf, makeSimulation, type Simulation } from './play'
import type { Played } from './player'

const seeds = Number(process.env.SIM_SEEDS ?? 2000)

let simulation: Simulation

beforeAll(async () => {
  simulation = await makeSimulation()
})
afterAll(() => simulation.remove())

async function usePlayed(from: number, count: number, isTold = false): Promise<Played[]> {
  const all: Played[] = []
  await simulation.play({ from, count, isTold }, (played) => {
    all.push(played)
    // A few are enough to look into.
    return all.filter((each) => complaintOf(each) !== null).length < 5
  })
  return all
}

describe('the simulation', () => {
  it(`holds every invariant, and comes to rest, in ${seeds} random schedules`, async () => {
    const played = await usePlayed(1, seeds)
    expect(played.flatMap((each) => complaintOf(each) ?? [])).toEqual([])
    expect(played).toHaveLength(seeds)
  })

  it('plays a seed again to the letter', async () => {
    const [first, second] = [await usePlayed(11, 5), await usePlayed(11, 5, true)]
    const hashes = (of: Played[]) => of.map((each) => ('result' in each ? each.result.hash : each.fault))
    expect(hashes(second)).toEqual(hashes(first))
  })

  it('meets every kind of fault, and every end of a rollout', async () => {
    const told: string[] = []
    await simulation.play({ from: 1, count: 150, isTold: true }, (played) => {
      if ('result' in played) told.push(played.result.trace.join('\n'))
      return true
    })
    const all = told.join('\n')
    for (const word of [
      'is killed, before',
      'is killed, after',
      'stands still',
      'is asked to end',
      'has lost the database',
      'is cut:',
      'falls silent',
      'sudo takes',
      'in the kernel',
      'loses its power',
      'restarts,',
      'cut off from the network',
      'cut off from the database',
      'twice',
      'fleet-wide stop reads true',
      'auto-online policy',
      '"to":"finished"',
      '"to":"stopped"',
      '"to":"aborted"',
      'ends converted',
      'ends cancelled',
      'ends refused',
      'ends failed',
      'ends partial',
    ])
      expect(all, `150 seeds never met: ${word}`).toContain(word)
  })
})
