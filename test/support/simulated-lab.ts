import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { freePort } from '@/scripts/lab/port'
import type { Fault } from '@/scripts/lab/simulated/faults'
import {
  openSimulatedLab,
  type SimulatedHost,
  type SimulatedLab,
  type SimulatedLabOptions,
} from '@/scripts/lab/simulated/lab'
import type { Reachable } from './operator'

export class TestSimulatedLab {
  constructor(readonly lab: SimulatedLab) {}

  /** A host with this fault (null: none) that is otherwise as asked. */
  find(fault: Fault | null, also: (host: SimulatedHost) => boolean = () => true): SimulatedHost {
    const found = this.lab.hosts.find((host) => host.fault === fault && also(host))
    if (found === undefined)
      throw new Error(`No host of the lab has ${fault ?? 'no fault'} and what was asked.`)
    return found
  }

  /** As an operator enters it. */
  reach({ name, address, port, user, fingerprint }: SimulatedHost): Reachable {
    const { privateKey } = this.lab
    return { name, address, port, username: user, privateKey, fingerprint: fingerprint() }
  }
}

/** Simulated hosts for the tests of a file, in a folder of their own, gone after them. */
export function useSimulatedLab(
  options: Omit<SimulatedLabOptions, 'dir' | 'port' | 'net'>,
): () => TestSimulatedLab {
  let dir = ''
  let opened: TestSimulatedLab | undefined
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'daxfleet simulated '))
    // Other runs on this machine may have the same port at other addresses.
    const net = 30 + (process.pid % 200)
    opened = new TestSimulatedLab(await openSimulatedLab({ ...options, dir, port: await freePort(), net }))
  })
  afterAll(async () => {
    opened?.lab.close()
    await rm(dir, { recursive: true, force: true })
  })
  return () => {
    if (opened === undefined) throw new Error('The simulated hosts have not been started yet.')
    return opened
  }
}
