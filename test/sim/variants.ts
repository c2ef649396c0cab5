/** A fault put into the real source when the simulation is built. */
export interface Variant {
  name: string
  /** `from` stands once in the file, and is replaced by `to`. */
  edits: { file: string; from: string; to: string }[]
  /** The first seed that is played, where few meet it: found soon, and found all the same when seeds mean other things. */
  from?: number
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
        file: 'server/rollouts/machine/gate.ts',
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
  {
    name: 'blocks not read: kmem is unbound once every write to them went well',
    from: 60,
    edits: [
      {
        file: 'agents/convert/taking.ts',
        from: 'if (there.length === 0) return null',
        to: 'if (there.length >= 0) return null',
      },
      {
        file: 'agents/convert/restorer.ts',
        from: "if (states.some((state) => state !== 'offline')) return this.refuse(NOT_ALL)",
        to: '',
      },
    ],
    caught: /never unbound with a block online/,
  },
  {
    name: 'host’s floor not weighed again before each block',
    from: 290,
    edits: [
      {
        file: 'agents/convert/taking.ts',
        from: 'mayGoOn: (left) => this.keepsFloor(left),',
        to: 'mayGoOn: async () => true,',
      },
    ],
    caught: /host’s floor holds/,
  },
  {
    name: 'fleet’s floor not weighed when a device’s turn has come',
    from: 20,
    edits: [
      {
        file: 'server/floors/fleet-floor.ts',
        from: 'return left < room.floorBytes ? room.floorBytes - left : null',
        to: 'return null',
      },
    ],
    caught: /fleet’s floor holds/,
  },
  {
    name: 'no way back from half: what went offline stays so where another block does not go',
    edits: [
      {
        file: 'agents/convert/taking.ts',
        from: "if (this.item.policy.onPartial === 'roll_back') await this.rollBack()",
        to: '',
      },
    ],
    caught: /is online again/,
  },
  {
    name: 'daxctl’s id left: what it has put into kmem’s list stays there',
    from: 20,
    edits: [
      {
        file: 'agents/convert/restorer.ts',
        from: "const own = this.planned('release').filter(({ path }) => path.includes('/kmem/'))",
        to: "const own = this.planned('release').filter(() => false)",
      },
    ],
    caught: /whoever left it/,
  },
]
