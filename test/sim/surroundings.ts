import type { Random } from '../support/random'
import type { Faults, Figures } from './figures'
import type { Message } from './queue'
import type { SimulatedHost } from './simulated-host'
import type { Trace } from './trace'
import type { Watch } from './watch'

/** What the database in memory needs of the world around it: the simulation's, or a quiet one to hold it against Postgres. */
export interface Surroundings {
  readonly nowMs: number
  readonly figures: Pick<Figures, 'kind' | 'policy' | 'hosts' | 'givingBack'>
  readonly hosts: readonly SimulatedHost[]
  readonly random: Pick<Random, 'whole'>
  readonly trace: Pick<Trace, 'say'>
  readonly faults: Pick<Faults, 'wakeUpLost' | 'wakeUpTwice'>
  /** Whether a fault of this share strikes now. */
  strikes(share: number): boolean
  later(ms: number, call: () => void): void
  look(at: (watch: Watch) => void): void
  announce(jobId: string): void
  anyWorker(): { handle(message: Message): Promise<void> } | null
}
