/** A fault put into the real source when the simulation is built. */
export interface Variant {
  name: string
  /** `from` stands once in the file, and is replaced by `to`. */
  edits: { file: string; from: string; to: string }[]
  /** What the simulation says of it, at least in one seed. */
  caught: RegExp
}

/** Protections taken away, one at a time. Each must be found within the seeds that the tests play. */
export const variants: Variant[] = [
  {
    name: 'no fence: an agent with an older token is let in',
    edits: [
      {
        file: 'agents/convert/token.ts',
        from: 'if (known !== null && BigInt(known.epoch) > BigInt(token.epoch)) {',
        to: 'if (known === undefined) {',
      },
      { file: 'agents/convert/token.ts', from: 'known.epoch !== token.epoch', to: 'true' },
    ],
    caught: /older token/,
  },
  {
    name: 'no digest check: the plan is not compared with what the host is now',
    edits: [
      {
        file: 'agents/convert/preflight.ts',
        from: 'const difference = nameDifference(approved, item)',
        to: 'const difference = null',
      },
      {
        file: 'agents/convert/preflight.ts',
        from: 'if ((await digestOf(host, item)) === digest)',
        to: 'if (digest !== "")',
      },
    ],
    caught: /digest held|of this boot|still means/,
  },
  {
    name: 'limit off by one: one host more in flight than may still fail',
    edits: [
      {
        file: 'server/rollouts/gate.ts',
        from: 'allowed - failed + 1',
        to: 'allowed - failed + 2',
      },
    ],
    caught: /no more can fail/,
  },
  {
    name: 'requeue after go: a job whose worker died goes back to the queue whatever it did',
    edits: [
      {
        file: 'server/jobs/memory-store.ts',
        from: 'acted ? loseSight(job, orphanedAfterGo) : backToQueue(job, 0, orphanedBeforeGo)',
        to: 'backToQueue(job, 0, orphanedBeforeGo)',
      },
    ],
    caught: /never back/,
  },
  {
    name: 'lock by pid file: it is free once the process that took it is gone',
    edits: [
      {
        file: 'agents/convert/lock.ts',
        from: 'const handle = await host.tryLock(LOCK)',
        to: `const owner = ((await readOptional(host, LOCK)) ?? '').split('\\n')[1] ?? ''
    const taken = owner !== '' && (await host.has('/proc/' + owner))
    const handle = taken ? null : await host.openAppend(LOCK, true)`,
      },
      {
        file: 'agents/convert/lock.ts',
        from: 'await host.writeOnce(LOCK, `$' + '{jobId}\\n`)',
        to: "await host.writeOnce(LOCK, jobId + '\\n' + (await host.readlink('/proc/self')) + '\\n')",
      },
      {
        file: 'agents/convert/tail.ts',
        from: 'return await host.tryLock(LOCK)',
        to: `const owner = (await host.readText(LOCK)).split('\\n')[1] ?? ''
    return owner !== '' && (await host.has('/proc/' + owner)) ? null : await host.openRead(LOCK)`,
      },
    ],
    caught: /one process tree/,
  },
  {
    name: 'stop not read: a go is sent under the fleet-wide stop',
    edits: [
      {
        file: 'server/jobs/decisions.ts',
        from: "return facts.fleetStopPulled === false ? null : 'fleet_stop'",
        to: 'return null',
      },
    ],
    caught: /fleet-wide stop/,
  },
  {
    name: 'id left behind: neither who takes a job up nor a fence takes the id off again',
    edits: [
      {
        file: 'agents/convert/actor.ts',
        from: "this.listed = this.planned('release').length > 0 && (await exists(this.host, KMEM))",
        to: 'this.listed = false',
      },
      { file: 'agents/convert/fence.ts', from: 'await releaseLeftIds(host)', to: '' },
    ],
    caught: /no id stays/,
  },
  {
    name: 'no read-back: on kmem is called converted, whatever its blocks are',
    edits: [
      {
        file: 'server/jobs/verdict.ts',
        from: 'if (predicted > 0 && inZone === predicted) {',
        to: 'if (predicted > 0) {',
      },
    ],
    caught: /is what the kernel reads/,
  },
]
