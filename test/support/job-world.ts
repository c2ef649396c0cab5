import { afterAll, beforeAll, beforeEach } from 'vitest'
import { addJob, addReadyHost, createJobStage, type JobStage, type ReadyHost } from './jobs'
import { ScriptedAgent } from './scripted-agent'

export interface JobWorld {
  readonly stage: JobStage
  readonly agent: ScriptedAgent
  /** A host of the test's own with one convertible device. */
  newHost(): Promise<ReadyHost>
  /** A job approved for such a host. */
  newJob(): Promise<ReadyHost & { jobId: string }>
}

/**
 * A database for the whole file. Before each test no host is in it, the fleet-wide stop is released, and `given` gets it
 * with an agent that has seen nothing yet. `tables` are emptied, and whatever refers to them.
 */
export function givenJobWorld(
  given: (world: JobWorld) => void,
  tables: readonly string[] = ['"Host"'],
): void {
  let stage: JobStage | undefined
  let count = 0
  beforeAll(async () => {
    stage = await createJobStage()
  })
  afterAll(() => stage?.close())
  beforeEach(async () => {
    if (stage === undefined) throw new Error('The database of this file was not made.')
    const opened = stage
    await opened.pg.query(`TRUNCATE ${tables.join(', ')} CASCADE`)
    await opened.db.fleetStop.updateMany({ data: { pulled: false } })
    const newHost = () => addReadyHost(opened, `host-${++count}`)
    const newJob = async () => {
      const host = await newHost()
      return { ...host, jobId: await addJob(opened, host) }
    }
    given({ stage: opened, agent: new ScriptedAgent(), newHost, newJob })
  })
}
