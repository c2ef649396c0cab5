import { beforeEach, describe, expect, it } from 'vitest'
import { smallHost } from '@/agents/model/spec'
import type { JournalLine, PlanItem } from '@/agents/protocol'
import { endingFrom } from '@/server/jobs/ending'
import { modelFile, putModelFile } from '@/test/support/model-files'
import { ModelledHost } from '@/test/support/modelled-host'
import { carryOutKeeping, inspectModel, type Keeping } from '@/test/support/modelled-keeping'

const UNIT = '/etc/systemd/system/daxfleet-boot.service'
const PROGRAM = '/usr/local/libexec/daxfleet/agent'

let host: ModelledHost
let deviceId: string
let kept: { item: PlanItem; journal: JournalLine[] }

beforeEach(async () => {
  host = new ModelledHost({ spec: smallHost({ systemd: true }) })
  deviceId = (await inspect()).devices[0]?.identity.id ?? ''
  await host.ask(host.convertRequest(await host.approved('dax0.0'), '1', 'job-1'))
  kept = await carryOut('persist')
})

const inspect = () => inspectModel(host)

/** Carries it out whole; of its journal all but the outcome, as where the agent died before it. */
async function carryOut(kind: Keeping) {
  const { params, replies } = await carryOutKeeping(host, kind, deviceId)
  const journal = replies.flatMap((reply) => (reply.type === 'journal' ? [reply.line] : []))
  expect(journal.at(-1)).toMatchObject({ kind: 'outcome', outcome: `${kind}ed` })
  return { item: params.item, journal: journal.slice(0, -1) }
}

const ending = async ({ item, journal } = kept) => endingFrom(item, journal, await inspect())
const ownPath = () => kept.item.writes.find(({ step }) => step === 'persist')?.path ?? ''

describe('of files whose agent died before its outcome, a look at the host', () => {
  it('says that they are in place where each has the digest that was approved', async () => {
    expect(await ending()).toMatchObject({ state: 'persisted', causeCode: 'agent_died' })
  })

  it('says that the program is not the one approved, though it is root’s own and runs', async () => {
    putModelFile(host.machine, PROGRAM, 'an earlier agent')
    const program = modelFile(host.machine, PROGRAM)
    if (program !== null) program.mode = 0o755
    expect((await inspect()).persistence?.fault).toBeNull()
    const ended = await ending()
    expect(ended).toMatchObject({ state: 'failed', causeCode: 'files_differ' })
    expect(ended?.message).toContain(`${PROGRAM}: not as approved.`)
  })

  it('says that the device’s own file has another size than the one approved', async () => {
    const text = modelFile(host.machine, ownPath())?.read() ?? ''
    const other = text.replace(/"sizeBytes":"\d+"/, '"sizeBytes":"4096"')
    expect(other).not.toBe(text)
    putModelFile(host.machine, ownPath(), other)
    const { persistence } = await inspect()
    expect(persistence).toMatchObject({
      fault: null,
      devices: [{ deviceId, sizeBytes: '4096', fault: null }],
    })
    expect(await ending()).toMatchObject({
      state: 'failed',
      message: expect.stringContaining(`${ownPath()}: not as approved.`),
    })
  })

  it('names no other file than the one that is not as it is to be', async () => {
    putModelFile(host.machine, UNIT, '# Written by Daxfleet.\n')
    const message = (await ending())?.message ?? ''
    expect(message).toContain(`${UNIT}: not as approved.`)
    expect(message).not.toContain(PROGRAM)
    expect(message).toContain('Nothing would come back')
  })

  it('says of what is to be gone that it is, or is not', async () => {
    const left = await carryOut('unpersist')
    expect(await ending(left)).toMatchObject({ state: 'unpersisted' })
    putModelFile(host.machine, ownPath(), 'back again')
    expect(await ending(left)).toMatchObject({
      state: 'failed',
      message: expect.stringContaining(`${ownPath()}: not as approved.`),
    })
  })

  it('claims nothing where it tells no files', async () => {
    const { persistence, ...seen } = await inspect()
    if (persistence === undefined) throw new Error('It was read without root.')
    const { files: _, ...untold } = persistence
    expect(endingFrom(kept.item, kept.journal, { ...seen, persistence: untold })).toMatchObject({
      state: 'failed',
      causeCode: 'no_read_back',
    })
  })
})
