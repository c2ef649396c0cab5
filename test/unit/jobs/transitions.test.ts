import { describe, expect, it } from 'vitest'
import { canMove, isEnded, statesBefore } from '@/server/jobs/transitions'
import { endedJobStates, type JobStateName, jobStates } from '@/server/jobs/vocabulary'

const reach = (from: JobStateName): Set<JobStateName> => {
  const seen = new Set<JobStateName>([from])
  for (const state of seen) for (const to of jobStates) if (canMove(state, to)) seen.add(to)
  return seen
}

describe('the moves a job may make', () => {
  it('lead from queued to every state there is', () => {
    expect([...reach('queued')].toSorted()).toEqual([...jobStates].toSorted())
  })

  it('end: nothing moves from an end, and an end can be reached from everywhere else', () => {
    for (const state of jobStates) {
      if (isEnded(state)) expect(reach(state).size).toBe(1)
      else expect([...reach(state)].some(isEnded)).toBe(true)
    }
  })

  it('end in the states that everybody is told are ends', () => {
    expect(jobStates.filter(isEnded)).toEqual(endedJobStates)
  })

  it('lead back to the queue only from before go', () => {
    expect(statesBefore('queued')).toEqual(['dispatching', 'preflight'])
  })

  it('lead to acting only by go, when contact is regained, or when what died is taken up', () => {
    expect(statesBefore('acting')).toEqual(['preflight', 'verifying', 'unknown'])
  })

  it('lose only what was unknown, and convert only what was told to go', () => {
    expect(statesBefore('lost')).toEqual(['unknown'])
    expect(statesBefore('converted')).toEqual(['acting', 'verifying', 'unknown'])
  })
})
