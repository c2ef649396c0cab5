import { describe, expect, it } from 'vitest'
import { complaintOf, makeSimulation } from './play'
import { variants } from './variants'

/** Each is found within far fewer; what is played of every change is more. */
const most = 500

describe('a protection that is taken away is missed', () => {
  it.each(variants)('$name', async (variant) => {
    const simulation = await makeSimulation(variant)
    const complaints: string[] = []
    const isFound = () => complaints.some((complaint) => variant.caught.test(complaint))
    try {
      await simulation.play({ from: variant.from ?? 1, count: most }, (played) => {
        const complaint = complaintOf(played)
        if (complaint !== null) complaints.push(complaint)
        return !isFound()
      })
    } finally {
      await simulation.remove()
    }
    expect(isFound(), `found in none of ${most} seeds; else: ${complaints.slice(0, 3).join('; ')}`).toBe(true)
  })
})
