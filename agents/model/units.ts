import type { Description } from './disk'
import type { ModelMachine } from './machine'
import type { ModelProcess } from './process'

/** What systemd-run makes of its arguments: a process below PID 1 that no login session's end reaches. */
export function startUnit(machine: ModelMachine, argv: string[], stdin: Description): ModelProcess | null {
  const at = argv.findIndex((word, index) => index > 0 && !word.startsWith('--'))
  if (!machine.spec.systemd || at === -1) return null
  const process = machine.spawn({ name: argv[at + 1] ?? 'unit', parent: machine.processAt(1), stdin })
  machine.program(machine.hostOf(process), argv.slice(at + 1)).then(
    (status) => process.end(status),
    () => process.end(1),
  )
  return process
}
