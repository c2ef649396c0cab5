import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Inspection } from '@/agents/protocol'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import { daxDevice, inspectionOf, onlineBlocks } from '@/test/support/inspection'
import { Operator } from '@/test/support/operator'
import { eventually, useProduct } from '@/test/support/product'
import { describeWithSshd, Sshd } from '@/test/support/sshd'

/**
 * What a hostile host has in the place of a shell. It vouches for whatever agent is asked for, and then says what lies beside
 * it: `speech` is run for every request.
 */
const shell = `#!/bin/sh
d=$(dirname "$0")
case "$2" in
*'looked=yes'*)
  echo uid=0; echo machine=x86_64; echo home=/root; echo "folder=0 700"
  for h in $(printf %s "$2" | grep -o '[0-9a-f]\\{64\\}'); do echo "agent=$h 0 700 $h  -"; done
  echo looked=yes;;
*) read -r request; . "$d/speech";;
esac
`
const hello = `echo '{"type":"hello","protocol":1,"agentVersion":"hostile"}'`
const inspection = (changes: Partial<Inspection>) =>
  `${hello}\ncat <<'END'\n${JSON.stringify({ type: 'inspection', inspection: inspectionOf('hostile', changes) })}\nEND`
const evil = '\u001b[2J\u001b]0;owned\u0007<script>alert(1)</script>\u202e\u0000'
const host = inspectionOf('hostile').host

const refused: [what: string, speech: string, said: RegExp][] = [
  ['garbage', `head -c 200000 /dev/urandom; echo`, /did not keep to its protocol|bytes in one line|ended/],
  ['markup and colours', `printf '\\033[31m<script>alert(1)</script>\\n'`, /did not keep to its protocol/],
  ['a line without end', `${hello}; cat /dev/zero`, /sent more than \d+ bytes/],
  ['lines without end', `while :; do ${hello}; done`, /did not keep|answered|makes no sense|sent more/],
  [
    'a letter now and then',
    `${hello}; while :; do printf x; sleep 1; done`,
    /did not answer|no answer|in time|within/i,
  ],
  ['silence', `sleep 1000`, /did not answer|no answer|in time|within/i],
  [
    'a hundred thousand brackets',
    `${hello}; printf '%0.s[' $(seq 100000); echo`,
    /did not keep to its protocol/,
  ],
  [
    'objects in objects',
    `${hello}; printf '{"type":%.0s' $(seq 50000); echo`,
    /did not keep to its protocol/,
  ],
  [
    'numbers beyond any',
    `${hello}; echo '{"type":"inspection","inspection":1e999999}'`,
    /did not keep to its protocol/,
  ],
  ['another protocol', `echo '{"type":"hello","protocol":99,"agentVersion":"9.9"}'`, /speaks protocol 99/],
  ['an answer to something else', `${hello}; echo '{"type":"end","state":"finished"}'`, /makes no sense/],
  [
    'a size of a hundred digits',
    inspection({ blockSizeBytes: '9'.repeat(100) }),
    /did not keep to its protocol|cannot be/,
  ],
  [
    'more than there is in any machine',
    inspection({ devices: [daxDevice({ sizeBytes: String(2n ** 64n) })] }),
    /did not keep to its protocol|cannot be/,
  ],
  [
    'a device named as a way out',
    inspection({ devices: [daxDevice({ name: '../../etc/shadow' })] }),
    /did not keep to its protocol/,
  ],
]

// Each is a contact of its own with a worker that is a process of its own.
describeWithSshd('a hostile host in a fleet', { timeout: 240_000 }, () => {
  const product = useProduct({ env: { SSH_COMMAND_SECONDS: '10', WATCH_MAX_HOSTS: '0' } })
  const operator = new Operator(product)
  let hostile: Sshd
  let good: Sshd
  let hostileId: string
  let before: HostDetail

  beforeAll(async () => {
    hostile = await Sshd.start({ rootShell: shell })
    good = await Sshd.start({ ownMachineId: true })
  })
  afterAll(() => Promise.all([hostile.stop(), good.stop()]))

  const speak = (speech: string) => fs.writeFileSync(path.join(hostile.folder, 'speech'), `${speech}\n`)
  const enrol = (name: string, sshd: Sshd) => {
    const { address, port, username, privateKey } = sshd.target()
    const fingerprint = sshd.hostKeys[0]?.fingerprint ?? ''
    return operator.enrolAt({ name, address, port, username, privateKey, fingerprint })
  }
  const probed = () =>
    eventually(
      () => 'the probe ended',
      async () => {
        const read = await product().caller.hosts.get({ hostId: hostileId })
        return read.probing ? undefined : read
      },
    )
  async function hears(speech: string): Promise<HostDetail> {
    speak(speech)
    await product().caller.hosts.probe({ hostId: hostileId })
    return probed()
  }

  it('is entered like any other, beside a good one', async () => {
    speak(inspection({}))
    hostileId = (await enrol('hostile', hostile)).id
    before = await enrol('good', good)
    expect(before.state, before.stateMessage).toBe('ready')
  })

  it.each(refused)('says %s, and is named for it', async (_, speech, said) => {
    const read = await hears(speech)
    expect(read.stateMessage).toMatch(said)
    expect(['agent_failed', 'unreachable']).toContain(read.state)
    expect(read.stateNext).not.toBe('')
    // What it said is shown to people: nothing in it moves their terminal.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is the point
    expect(read.stateMessage).toMatch(/^[^\u0000-\u001f\u007f\u202e]*$/)
    expect(read.stateMessage.length).toBeLessThan(2_000)
  })

  it('has names that do harm to nobody: they are text, without what a terminal heeds', async () => {
    const read = await hears(
      inspection({
        host: { ...host, hostname: evil, kernelRelease: evil, osName: evil },
        hazards: [{ code: 'class_device', message: evil }] as unknown as Inspection['hazards'],
      }),
    )
    // JSON writes what a terminal would heed as an escape.
    expect(JSON.stringify([read.stateMessage, read.kernelRelease, read.osName, read.hazards])).not.toMatch(
      /\\u00[01]|\\u007f|\u202e/,
    )
  })

  it('contradicts itself, which is named, and states are made of what was read', async () => {
    const read = await hears(
      inspection({
        memory: { ...inspectionOf('x').memory, freeBytes: String(2n ** 50n) },
        devices: [
          daxDevice({ mode: 'system-ram', blocks: [onlineBlocks(1, 400)] }),
          daxDevice({ name: 'dax1.0' }),
        ],
      }),
    )
    expect(read.state, read.stateMessage).toBe('ready')
    const said = read.hazards.filter(({ code }) => code === 'contradiction').map(({ message }) => message)
    expect(said).toEqual([
      'The host tells of more memory free than it has in all.',
      'dax0.0 is called system-ram, and its driver is device_dax.',
      'dax0.0 is on device_dax, and 400 of its memory blocks are online.',
      'dax0.0 has more memory online than it is large.',
      'dax1.0 and dax0.0 have one identity; the second is left out.',
      'dax0.0 and dax1.0 lie at the same addresses.',
    ])
    expect(read.devices.map(({ state }) => state)).not.toContain('system_ram')
  })

  it('cannot pass for another host: its reading is not merged with that one’s', async () => {
    const { machineId, dmiUuid } = before
    const read = await hears(
      inspection({ host: { ...host, machineId: machineId ?? '', dmiUuid: dmiUuid ?? '' } }),
    )
    expect(read).toMatchObject({ state: 'quarantined', stateMessage: expect.stringContaining('good') })
  })

  it('has cost the other host and the worker nothing', async () => {
    const [worker] = product().workers
    expect(worker?.runs).toBe(true)
    expect(product().workers).toHaveLength(1)
    const after = await operator.probe(before.id)
    expect(after.state, after.stateMessage).toBe('ready')
    expect([after.machineId, after.devices.length]).toEqual([before.machineId, before.devices.length])
    // Endless lines and bombs were cut off: what a worker needs at rest and for its bounds, and no more.
    expect(worker?.residentMib()).toBeLessThan(600)
  })
})
