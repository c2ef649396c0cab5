import { createInterface } from 'node:readline'
import type { ClientChannel } from 'ssh2'
import { afterEach, expect, it } from 'vitest'
import type { JournalLine } from '@/agents/protocol'
import { connectGuest, runOverSsh } from '@/scripts/lab/ssh'
import { runCommand } from '@/server/agents/host-shell'
import type { JobDetail } from '@/server/jobs/schema'
import { readAgentBinaries } from '@/server/lib/agent-binaries'
import { config } from '@/server/lib/config'
import { createPool } from '@/server/lib/pg'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { blocks, daxctlDevice } from '@/test/support/guest-memory'
import { describeWithFullGuests, useGuest } from '@/test/support/guests'
import { holdNextSudo } from '@/test/support/held-sudo'
import { allowAgents, installGate, installSudoers, opsRule, removeGate } from '@/test/support/least-privilege'
import { Operator } from '@/test/support/operator'
import { eventually, useProduct, type WorkerProcess } from '@/test/support/product'
import { Relay } from '@/test/support/relay'
import { expectTruth, journalOnGuest, resetDevice } from '@/test/support/settled'
import { arm, type Point, record } from '@/test/support/trapdoor'

const UNBIND: Point = { label: 'write write /sys/bus/dax/drivers/device_dax/unbind dax0.0', nth: 1 }
const RULE = '/etc/udev/rules.d/99-online.rules'

/**
 * Speaks with the agent over two fifos, fills the one it answers through after go, and reads no more. Its first
 * argument is the agent, the second the request.
 */
const DEAF_READER = `set -e
cd $(mktemp -d)
mkfifo in out
exec 4<>in 5<>out
"$1" <&4 >&5 2>/dev/null &
printf '%s\\n' "$2" >&4
while read -r line <&5; do
  case $line in *'"type":"ready"'*) nonce=\${line#*'"nonce":"'}; nonce=\${nonce%%'"'*}; break;; esac
done
printf '{"go":"%s"}\\n' "$nonce" >&4
dd if=/dev/zero of=out bs=1024 count=1024 oflag=nonblock 2>/dev/null || true
until grep -q '"kind":"outcome"' "/var/lib/daxfleet/jobs/$3.jsonl"; do sleep 0.1; done
kill -0 $! && echo "the reader is deaf, the conversion done"
kill $!`

/** An agent that runs as the account itself and not as root watches; told is what it has taken. */
const NEWEST_WATCHER = `for dir in /proc/[0-9]*; do
  case $(readlink $dir/exe) in
    */.daxfleet/agent-*) [ "$(stat -c %U $dir)" = ops ] && echo "\${dir#/proc/}";;
  esac
done | sort -n | tail -n 1 | while read -r pid; do cat /proc/$pid/stat; grep VmRSS /proc/$pid/status; done`

describeWithFullGuests('on a server with systemd, sudo and udev', () => {
  const guest = useGuest({ name: 'server', kind: 'full' })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5' } })
  const operator = new Operator(product)
  const sh = (script: string) => guest().text(['sh', '-c', script])
  let relay: Relay | undefined
  /** An ordinary account, reached over a network that can be cut, with the lines for sudo from its page. */
  const enrolled = async () => {
    const { hosts } = await product().caller.hosts.list({ query: 'server-ops' })
    const id = hosts[0]?.id
    if (id !== undefined) return operator.ready(id)
    relay = await Relay.to(guest().ssh.port)
    const refused = await operator.enrol(guest(), 'ops', relay.port)
    expect(refused.state, refused.stateMessage).toBe('sudo_refused')
    const told = await product().caller.privileges.host({ hostId: refused.id })
    if (told.type !== 'ordinary') throw new Error(`no lines for sudo, but ${told.type}`)
    expect(told).toMatchObject({ path: opsRule.path, pathKnown: true })
    await installSudoers(guest(), told.sudoers.text)
    return operator.ready(refused.id)
  }

  afterEach(() => resetDevice(guest()))

  it('an ordinary account converts by sudo, in a unit of its own', async () => {
    let units = ''
    const plan = await operator.plan(await enrolled(), 'dax0.0')
    const trap = await arm(guest(), {
      at: UNBIND,
      when: 'after',
      action: async () => {
        units = await sh('systemctl list-units --plain --no-legend "daxfleet-*"')
      },
    })
    const job = await operator.ended(await operator.start(plan))
    await trap.disarm()
    expect(job.state, job.message).toBe('converted')
    expect(units).toContain(`daxfleet-${job.id}-`)
    expect(units).toContain('running')
    await expectTruth(guest(), job)
  })

  it('is told which agent sudo knows when its line is another agent’s, and is ready with both', async () => {
    const host = await enrolled()
    const other = { sha256: 'f'.repeat(64), note: 'an agent of another time' }
    await allowAgents(guest(), [other])
    const refused = await operator.probe(host.id)
    expect(refused.state).toBe('sudo_refused')
    expect(refused.stateMessage).toContain('names sha256:ffffffffffff…, needed is sha256:')
    const told = await product().caller.privileges.host({ hostId: host.id })
    if (told.type !== 'ordinary') throw new Error(`no lines for sudo, but ${told.type}`)
    await allowAgents(guest(), [other, ...told.agents.map(({ sha256 }) => ({ sha256, note: 'ours' }))])
    expect((await operator.ready(host.id)).state).toBe('ready')
  })

  it('goes on when its login session is ended right after the unbind', async () => {
    const plan = await operator.plan(await enrolled(), 'dax0.0')
    const trap = await arm(guest(), {
      at: UNBIND,
      when: 'after',
      action: async () => {
        await sh('loginctl terminate-user ops')
      },
    })
    const job = await operator.ended(await operator.start(plan))
    await trap.disarm()
    expect(job.state, job.message).toBe('converted')
    await expectTruth(guest(), job)
  })

  it('goes on when nothing is carried any more right after the unbind', async () => {
    const plan = await operator.plan(await enrolled(), 'dax0.0')
    const trap = await arm(guest(), { at: UNBIND, when: 'after', action: async () => relay?.blackhole() })
    const jobId = await operator.start(plan)
    await trap.fired
    await eventually(
      () => 'the worker says that it knows nothing',
      async () => {
        const { state } = await product().caller.jobs.get({ jobId })
        return state === 'unknown' ? true : undefined
      },
    )
    // Meanwhile the host has long done it.
    expect((await daxctlDevice(guest())).mode).toBe('system-ram')
    await relay?.pass()
    const job = await operator.ended(jobId)
    await trap.disarm()
    expect(job.state, job.message).toBe('converted')
    await expectTruth(guest(), job)
  })

  it('goes on when nobody reads what the agent says and the pipe is full', async () => {
    const agent = await AgentOnGuest.install(guest())
    await sh('rm -f /var/lib/daxfleet/token.json')
    const { item, digest } = await agent.plan()
    const token = { installationId: 'kernel-test', epoch: '1' }
    const request = { protocol: 1, verb: 'convert', params: { jobId: 'deaf', token, item, digest } }
    const argv = ['sh', '-c', DEAF_READER, 'sh', '/root/daxfleet-agent', JSON.stringify(request), 'deaf']
    expect(await guest().text(argv, { timeoutMs: 120_000 })).toContain(
      'the reader is deaf, the conversion done',
    )
    agent.close()
    expect((await journalOnGuest(guest(), 'deaf')).at(-1)).toMatchObject({ outcome: 'converted' })
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'system-ram', online_memblocks: 7 })
    await sh('rm -f /var/lib/daxfleet/token.json')
  })

  it('refuses an agent that sudo held up until another worker had done its job', async () => {
    const plan = await operator.plan(await enrolled(), 'dax0.0')
    await product().addWorker()
    const held = await holdNextSudo(guest())
    try {
      let jobId = ''
      let done: JobDetail | undefined
      let journal: JournalLine[] = []
      const points = await record(guest(), async () => {
        jobId = await operator.start(plan)
        await held.reached()
        // It has sent its request, which now waits in the stdin of an agent that is not started yet.
        const late = await leaseHolder()
        late.freeze()
        try {
          done = await operator.ended(jobId)
          expect(done.state, done.message).toBe('converted')
          await expectTruth(guest(), done)
          journal = await journalOnGuest(guest(), jobId)
          await held.release()
        } finally {
          late.thaw()
        }
        // Whatever is asked from now on, the one that comes late answers.
        for (const worker of product().workers) if (worker !== late) await worker.stop()
        await operator.ready(done.hostId)
      })
      const labels = points.map(({ label }) => label)
      expect(labels).toContain('convert say journal outcome converted')
      expect(labels).toContain('convert say journal outcome refused')
      expect(labels.indexOf('convert say journal outcome refused')).toBeGreaterThan(
        labels.indexOf('convert say journal outcome converted'),
      )
      expect(points.filter(({ label }) => label === UNBIND.label)).toHaveLength(1)
      expect(await journalOnGuest(guest(), jobId)).toEqual(journal)
      expect(await product().caller.jobs.get({ jobId })).toEqual(done)
    } finally {
      await held.remove()
    }
  })

  it.each(['as an ordinary account', 'behind the gate'] as const)(
    'a stolen key adopts the host and converts %s, and Daxfleet keeps off the host until it is adopted back',
    async (way) => {
      const host = await enrolled()
      const { installationId: ours } = host
      const { sha256 } = readAgentBinaries(config()).x64 ?? {}
      if (sha256 === undefined) throw new Error('There is no agent.')
      const byGate = way === 'behind the gate'
      if (byGate) await putBehindGate(host.id)
      // All that is needed of Daxfleet from here on: the key, and what everybody can read of its source.
      const command = byGate ? runCommand(sha256, 'sudo') : `sudo -n -- ${opsRule.path}`
      const thief = await AgentOnGuest.signIn(guest().sshAs('ops'), command, 'thief')
      try {
        expect((await thief.inspect()).fence).toMatchObject({ installationId: ours })
        expect(await thief.adopt()).toContainEqual({ type: 'adopted' })
        expect(await sh('cat /var/lib/daxfleet/token.json')).toContain('"installationId":"thief"')
        const converted = await thief.convert(`stolen-${byGate ? 'gate' : 'account'}`, await thief.plan())
        expect(converted.outcome, converted.message).toBe('converted')
      } finally {
        thief.close()
        if (byGate) await removeGate(guest())
      }
      expect(await daxctlDevice(guest())).toMatchObject({ mode: 'system-ram', online_memblocks: 7 })

      // The watch sees the memory come, unasked, and the probe whose the host is.
      const foreign = await operator.host(host.id, 'it is foreign', ({ state }) => state === 'foreign')
      expect(foreign.stateMessage).toContain('belongs to the Daxfleet installation thief')
      await expect(operator.plan(foreign, 'dax0.0')).rejects.toThrow('thief')
      const { foreignToken: from } = foreign
      if (from === null) throw new Error('The host does not say whose it is.')
      await product().caller.hosts.adopt({ hostId: host.id, from })
      const back = await operator.host(host.id, 'it is adopted back', ({ state }) => state === 'ready')
      expect(back.devices.find(({ daxName }) => daxName === 'dax0.0')).toMatchObject({ state: 'system_ram' })
      expect(await sh('cat /var/lib/daxfleet/token.json')).toContain(`"installationId":"${ours}"`)
    },
  )

  it('is watched without sudo, and at little cost', async () => {
    await enrolled()
    const agent = readAgentBinaries(config()).x64
    if (agent === undefined) throw new Error('There is no agent.')
    // Only this watch is to be seen: a worker probes by sudo what changed before.
    await Promise.all(product().workers.map((worker) => worker.stop()))
    const sudoLines = async () => Number(await sh('journalctl -q SYSLOG_IDENTIFIER=sudo | wc -l'))
    const before = await sudoLines()
    expect(before).toBeGreaterThan(0)

    // As the server starts it, without its patience: this guest is slow.
    const connection = await connectGuest(guest().sshAs('ops'), 120_000)
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      connection.exec(runCommand(agent.sha256, 'account'), (error, opened) =>
        error === undefined ? resolve(opened) : reject(error),
      )
    })
    channel.write(`${JSON.stringify({ protocol: 1, verb: 'watch', params: { everyMs: 100 } })}\n`)
    const costs: { samples: number; cpuMs: number; rssKib: number }[] = []
    let samples = 0
    for await (const line of createInterface({ input: channel })) {
      if (!line.startsWith('{"type":"sample"')) continue
      samples += 1
      if (samples === 10 || samples === 60) costs.push({ samples, ...(await watcherOnGuest()) })
      if (samples === 60) break
    }
    connection.end()
    await product().addWorker()
    expect(await sudoLines()).toBe(before)
    const [first, last] = costs
    if (first === undefined || last === undefined) throw new Error('Nothing was measured.')
    const perSampleMs = (last.cpuMs - first.cpuMs) / (last.samples - first.samples)
    console.log(`a sample: ${perSampleMs.toFixed(1)} ms of processor; the agent: ${last.rssKib} KiB`)
    expect(last.rssKib).toBeLessThan(8 * 1024)
  })

  it('does not call converted what a udev rule put into another zone first', async () => {
    const plan = await operator.plan(await enrolled(), 'dax0.0')
    const rule = 'SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online"'
    const trap = await arm(guest(), {
      at: { label: 'write write /sys/bus/dax/drivers/kmem/remove_id dax0.0', nth: 1 },
      when: 'before',
      action: async () => {
        // The rule comes too late for any preflight, and wins the race.
        await guest().text(['sh', '-c', `cat > ${RULE}`], { stdin: `${rule}\n` })
        await sh(
          'udevadm control --reload; udevadm trigger --action=add --subsystem-match=memory; udevadm settle',
        )
      },
    })
    try {
      const job = await operator.ended(await operator.start(plan))
      await trap.disarm()
      expect(job.state, job.message).toBe('partial')
      expect(job.zoneRead).toBe('Normal')
      expect(job.message).toContain('not in the zone asked')
      const online = (await blocks(guest())).filter((block) => block.node === 1)
      expect(online.every((block) => block.zones.startsWith('Normal'))).toBe(true)
    } finally {
      await sh(`rm -f ${RULE}; udevadm control --reload`)
    }
  })

  /** Key and gate of `ops` as its page says, and a look that the key is worth no shell any more. */
  async function putBehindGate(hostId: string): Promise<void> {
    const told = await product().caller.privileges.host({ hostId })
    if (told.type !== 'ordinary' || told.authorizedKey === null) throw new Error(`no gate, but ${told.type}`)
    await installGate(guest(), told.gate.text, told.authorizedKey)
    const connection = await connectGuest(guest().sshAs('ops'), 120_000)
    expect(await runOverSsh(connection, ['id'])).toMatchObject({ status: 77, stdout: '' })
    connection.end()
  }

  /** The worker that acts for the one host there is. */
  async function leaseHolder(): Promise<WorkerProcess> {
    const pool = createPool(product().databaseUrl, 1)
    const { rows } = await pool.query<{ holder: string }>('SELECT holder FROM "HostLease"')
    await pool.end()
    const found = product().workers.find(({ holder }) => holder === rows[0]?.holder)
    if (found === undefined) throw new Error(`No worker is ${rows[0]?.holder}.`)
    return found
  }

  /** What the newest watching agent has taken so far: it runs as the account itself. */
  async function watcherOnGuest(): Promise<{ cpuMs: number; rssKib: number }> {
    const told = await sh(NEWEST_WATCHER)
    const fields = told.slice(told.lastIndexOf(')') + 2).split(' ')
    // utime and stime, in hundredths of a second (proc(5)).
    return {
      cpuMs: 10 * (Number(fields[11]) + Number(fields[12])),
      rssKib: Number(/VmRSS:\s+(\d+) kB/.exec(told)?.[1]),
    }
  }
})
