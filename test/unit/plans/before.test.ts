import { expect, it } from 'vitest'
import { onlineBlocksBefore, onlineBytesBefore } from '@/server/plans/before'
import { planResult } from '@/test/support/jobs'

it('a plan for a device with blocks online already adds only the others', () => {
  const { item } = planResult('db-7')
  expect(onlineBytesBefore(item)).toBe(0n)
  const online: [number, number][] = [
    [35, 35],
    [37, 41],
  ]
  const partly = { ...item, preconditions: { ...item.preconditions, plannedBlocksOnline: online } }
  expect(onlineBlocksBefore(partly)).toBe(6)
  expect(onlineBytesBefore(partly)).toBe(6n * 128n * 1024n * 1024n)
})
