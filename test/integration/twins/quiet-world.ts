import type { Policy } from '@/server/rollouts/policy'
import type { Surroundings } from '../../sim/surroundings'
import { easyPolicy } from '../../support/rollouts'

/** A world in which nothing goes wrong and nobody listens: messages wait until they are asked for. */
export class QuietWorld implements Surroundings {
  nowMs = 1_767_225_600_000
  readonly figures: Surroundings['figures']
  readonly hosts = []
  readonly random = { whole: (least: number) => least }
  readonly trace = { say: () => {} }
  readonly faults = { wakeUpLost: 0, wakeUpTwice: 0 }
  private due: (() => void)[] = []

  constructor(policy: Policy = easyPolicy) {
    const givingBack = {
      onPartial: 'leave',
      offlineSeconds: 60,
      hostFloorPercent: 0,
      fleetFloorPercent: 0,
    } as const
    this.figures = { kind: 'convert', hosts: [], givingBack, policy }
  }

  strikes(): boolean {
    return false
  }
  later(_ms: number, call: () => void): void {
    this.due.push(call)
  }
  look(): void {}
  announce(): void {}
  anyWorker() {
    return { handle: async () => {} }
  }

  /** Everything that waits comes about. */
  async runDue(): Promise<void> {
    for (const call of this.due.splice(0)) call()
    // What is delivered is done with a turn later.
    await new Promise((resolve) => setImmediate(resolve))
  }
}
