import { expect, it } from 'vitest'
import { leftMemory } from '@/agents/read/left-memory'

/** As Linux 6.1 prints it. */
const IOMEM = `fee00000-fee00fff : Local APIC
100000000-13fffffff : Persistent Memory
  108000000-13fffffff : dax0.0
    108000000-13fffffff : System RAM (kmem)
140000000-15fffffff : Persistent Memory
  140000000-15fffffff : dax1.0
    140000000-15fffffff : System RAM (kmem)
`
const range = (start: bigint, end: bigint) => ({ ranges: [{ start: String(start), end: String(end) }] })
const both = [range(0x101200000n, 0x13fffffffn), range(0x140000000n, 0x15fffffffn)]

it('names memory of kmem that no device has, with its size and place', () => {
  expect(leftMemory(IOMEM, both)).toEqual([])
  expect(leftMemory(IOMEM, both.slice(0, 1))).toEqual([
    {
      code: 'memory_without_device',
      message:
        '512 MiB of system RAM at 0x140000000 are of a dax device that is gone: nothing can take them back until the host restarts.',
    },
  ])
  expect(leftMemory(IOMEM, [])).toHaveLength(2)
})

it('says nothing where addresses are not told, or the name is another', () => {
  const hidden = IOMEM.replace(/[0-9a-f]+-[0-9a-f]+ :/g, '00000000-00000000 :')
  expect(leftMemory(hidden, [])).toEqual([])
  expect(leftMemory(IOMEM.replaceAll('System RAM (kmem)', 'System RAM'), [])).toEqual([])
  expect(leftMemory('', [])).toEqual([])
})
