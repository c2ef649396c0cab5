import { describe, expect, it } from 'vitest'
import type { Sample } from '@/agents/protocol'
import { readSample } from '@/agents/watch/sample'
import { watch } from '@/agents/watch/watch'
import { World } from './world'

const meminfo = (totalKib: number) => `MemTotal:  ${totalKib} kB\nMemFree:  1 kB\nMemAvailable:  1 kB\n`

describe('a sample', () => {
  it('is read again when a block came online in the middle of it: total and blocks are of one moment', async () => {
    const world = new World()
    world.plug()
    let looks = 0
    const read = world.readText.bind(world)
    world.readText = async (path, limit) => {
      // After the blocks were read, before MemTotal is.
      if (path === '/proc/meminfo' && ++looks === 2) {
        world.addBlock(33, 'online', 'Movable', 1)
        world.files.set('/proc/meminfo', meminfo(656_936 + 131_072))
      }
      return read(path, limit)
    }
    const { memory, blocks } = await readSample(world)
    expect(memory.totalBytes).toBe(String((656_936n + 131_072n) * 1024n))
    expect(blocks.find(({ first }) => first === 33)).toMatchObject({ state: 'online', last: 33 })
    expect(looks).toBe(4)
  })

  it('is told all the same of a host whose memory never stands still', async () => {
    const world = new World()
    let total = 656_936
    const read = world.readText.bind(world)
    world.readText = async (path, limit) => {
      if (path === '/proc/meminfo') world.files.set(path, meminfo(++total))
      return read(path, limit)
    }
    expect((await readSample(world)).blocks.length).toBeGreaterThan(0)
  })
})

describe('what `ready` brings along', () => {
  it('is the memory as the preflight read it: what a sample says, of the blocks those of dax devices', async () => {
    const world = new World()
    const plan = await world.plan('movable', 'dax0.0')
    const { item, digest } = plan
    if (item === null || digest === null) throw new Error('no plan')
    await world.convert({ item, digest })
    const ready = world.replies.find((reply) => reply.type === 'ready')
    const { uptimeMs: _, ...whole } = await readSample(new World())
    expect(ready).toMatchObject({ sample: { ...whole, blocks: [] } })
  })
})

describe('a watch', () => {
  it('tells at once, and then in a rhythm of its own that keeps to its pace', async () => {
    const world = new World()
    // Half of the way to the next, drawn by chance.
    world.randomHex = async () => '8000'
    const toldAtMs: number[] = []
    world.readLine = async (timeoutMs) => {
      world.clockMs += timeoutMs ?? 0
      return 'timeout'
    }
    await watch(world, { everyMs: 30_000 }, async (reply) => {
      const { sample } = reply as { sample: Sample }
      return toldAtMs.push(Number(sample.uptimeMs)) < 4
    })
    expect(toldAtMs.map((at) => at - 1_000)).toEqual([0, 15_000, 45_000, 75_000])
  })
})
