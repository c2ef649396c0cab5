import { run } from '../run'
import { ModelMachine, type Program } from './machine'
import type { Stdio } from './process'
import type { ModelSpec } from './spec'
import type { ModelWorld } from './world'

/** A modelled host that is on, with the agent as its only program. `program` stands for a changed agent. */
export function modelHost(spec: ModelSpec, world: ModelWorld, program: Program = run): ModelMachine {
  return new ModelMachine(spec, world, program)
}

export interface AgentSession {
  pid: number
  /** One line to its stdin. */
  send(line: string): void
  endInput(): void
  /** The channel is lost: stdin ends, and nothing that it says is heard any more. The process lives on. */
  hangUp(): void
  /** SIGKILL to this process; what it forked lives on. */
  kill(): void
  /** The exit status; null when a signal or a power failure ended it. */
  ended: Promise<number | null>
}

/**
 * Runs one agent command line on a modelled host, as an SSH server would: `args` are the program's arguments (none for
 * a request, which is the first line sent), each line it says goes to `onLine`, whose false means that nobody reads.
 * Sessions run side by side. A host that is off has nobody to run it.
 */
export function startAgent(
  machine: ModelMachine,
  options: {
    onLine: (line: string) => boolean | Promise<boolean>
    args?: string[]
    uid?: number
    scope?: number
  },
): AgentSession {
  if (!machine.isOn) throw new Error('The modelled host is off.')
  const { onLine, args = [], uid = 0 } = options
  let isHeard = true
  const stdio: Stdio = { lines: [], ended: false, wake: null, out: (line) => isHeard && onLine(line) }
  const process = machine.spawn({ name: 'agent', uid, scope: options.scope ?? 0, stdio })
  const ended = new Promise<number | null>((resolve) => process.whenEnded(resolve))
  machine.program(machine.hostOf(process), args).then(
    (status) => process.end(status),
    () => process.end(1),
  )
  const endInput = () => {
    stdio.ended = true
    stdio.wake?.()
  }
  return {
    pid: process.pid,
    send: (line) => {
      stdio.lines.push(line)
      stdio.wake?.()
    },
    endInput,
    hangUp: () => {
      isHeard = false
      endInput()
    },
    kill: () => process.kill(),
    ended,
  }
}
