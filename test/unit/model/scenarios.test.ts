import { describe, expect, it } from 'vitest'
import { errnoName } from '@/agents/lib/errno'
import { smallHost } from '@/agents/model/spec'
import type { AgentReply, AgentRequest } from '@/agents/protocol'
import { ModelledHost } from '@/test/support/modelled-host'
import { scenarios } from '@/test/support/scenarios/list'
import { DAX, type OnReady, type Setting, Subject } from '@/test/support/scenarios/subject'

/** The model of the lab's small guest. */
class ModelledSubject extends Subject {
  private readonly host: ModelledHost

  constructor({
    kmem = 'loaded',
    autoOnline = 'offline',
  }: { kmem?: Setting['kmem'] | 'loaded'; autoOnline?: Setting['autoOnline'] | 'offline' } = {}) {
    super()
    this.host = new ModelledHost({ spec: smallHost({ kmem, autoOnline }) })
  }

  ask(request: AgentRequest, onReady: OnReady = 'go'): Promise<AgentReply[]> {
    return this.host.ask(request, { answer: onReady })
  }

  async write(path: string, value: string): Promise<string> {
    const { machine } = this.host
    const hand = machine.spawn({ name: 'sh' })
    const errno = await machine.hostOf(hand).writeOnce(path, value)
    hand.end(0)
    return errnoName(errno)
  }

  async readLines(paths: readonly string[]): Promise<(string | null)[]> {
    const { machine } = this.host
    const hand = machine.spawn({ name: 'sh' })
    const host = machine.hostOf(hand)
    const texts = await Promise.all(paths.map((path) => host.tryReadText(path)))
    hand.end(0)
    return texts.map((text) => text?.split('\n')[0]?.trimEnd() ?? null)
  }

  async driver(): Promise<string | null> {
    return this.host.machine.bus.find(DAX)?.driver ?? null
  }

  async pinPage() {
    const { pinned } = this.host.machine.memory
    pinned.set(36, 'never')
    return async () => void pinned.delete(36)
  }

  async openDevice() {
    const { machine } = this.host
    const pid = machine.openDevice(DAX, 'open')
    return async () => machine.processAt(pid)?.kill()
  }
}

describe('on the model', () => {
  it.each(scenarios)('$name', async ({ setting, run, expected }) => {
    expect(await run(new ModelledSubject(setting))).toEqual(expected)
  })
})
