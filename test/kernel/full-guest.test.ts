import { afterEach, expect, it } from 'vitest'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { blocks, daxctlDevice } from '@/test/support/guest-memory'
import { describeWithFullGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { eventually, useProduct } from '@/test/support/product'
import { Relay } from '@/test/support/relay'
import { expectTruth, journalOnGuest, resetDevice } from '@/test/support/settled'
import { arm, type Point } from '@/test/support/trapdoor'

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

describeWithFullGuests('on a server with systemd, sudo and udev', () => {
  const guest = useGuest({ name: 'server', kind: 'full' })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5' } })
  const operator = new Operator(product)
  const sh = (script: string) => guest().text(['sh', '-c', script])
  let relay: Relay | undefined
  /** An ordinary account, reached over a network that can be cut. */
  const enrolled = async () => {
    const { hosts } = await product().caller.hosts.list({ query: 'server-ops' })
    const id = hosts[0]?.id
    if (id !== undefined) return operator.ready(id)
    relay = await Relay.to(guest().ssh.port)
    return operator.enrol(guest(), 'ops', relay.port)
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
})
