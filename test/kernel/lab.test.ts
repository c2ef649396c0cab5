import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { connectGuest } from '@/scripts/lab/ssh'
import { blockSize, blocks, daxctlDevice, daxctlList, iomem, meminfo } from '@/test/support/guest-memory'
import { closeTestLab, describeWithGuests, type Guest, openTestLab, useGuest } from '@/test/support/guests'
import { availableBytes, squeezeMemory } from '@/test/support/memory-pressure'

const mib = 1024n * 1024n
const gib = 1024n * mib

/** What a host is known by; all of it must be the same after power-off. */
async function identity(guest: Guest) {
  return {
    machineId: (await guest.text(['cat', '/etc/machine-id'])).trim(),
    productUuid: (await guest.text(['cat', '/sys/class/dmi/id/product_uuid'])).trim(),
    hostName: (await guest.text(['hostname'])).trim(),
    namespaces: (await guest.text(['ndctl', 'list', '-N'])).trim(),
    port: guest.ssh.port,
  }
}

async function bootId(guest: Guest): Promise<string> {
  return (await guest.text(['cat', '/proc/sys/kernel/random/boot_id'])).trim()
}

/** The conversion by hand, in the order that leaves nothing behind in kmem's list of ids. */
const convertByHand = `set -e
bus=/sys/bus/dax/drivers
before=$(ls -d /sys/devices/system/memory/memory[0-9]*)
echo dax0.0 > $bus/kmem/new_id
echo dax0.0 > $bus/device_dax/unbind
echo dax0.0 > $bus/kmem/bind
echo dax0.0 > $bus/kmem/remove_id
for block in /sys/devices/system/memory/memory[0-9]*; do
  case "$before" in *"$block"*) continue ;; esac
  echo online_movable > $block/state
done`

const labCommand = ['--import', 'tsx', 'scripts/lab/main.ts', 'up']

/** The process whose command line names the folder, other than the lab itself. */
function findProcess(dir: string): number | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (line.startsWith('qemu') || line.includes('/qemu-system')) if (line.includes(dir)) return Number(pid)
    } catch {
      // It ended between the listing and the look.
    }
  }
  return undefined
}

/** False for a process that is gone or a zombie nobody has collected yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describeWithGuests('a small guest', () => {
  const guest = useGuest({ name: 'small-a', nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })

  it('has one devdax device and says who it is', async () => {
    const device = await daxctlDevice(guest())
    expect(device).toMatchObject({
      chardev: 'dax0.0',
      mode: 'devdax',
      target_node: 1,
      size: Number(1006n * mib),
    })
    const { machineId, productUuid } = await identity(guest())
    expect(machineId).toBe(guest().record.machineId)
    expect(productUuid).toBe(guest().record.uuid)
  })

  it('knows an ordinary account without root’s rights', async () => {
    expect(await guest().text(['id', '-un'], { user: 'ops' })).toBe('ops\n')
    expect(
      (await guest().run(['sh', '-c', 'echo x > /sys/bus/dax/drivers/kmem/new_id'], { user: 'ops' })).status,
    ).not.toBe(0)
  })

  it('passes every word on as it is, whatever it holds', async () => {
    const words = ['a b', "it's", '$(id)', '*', '', '"', 'new\nline', '\\']
    expect(await guest().text(['printf', '[%s]', ...words])).toBe(words.map((word) => `[${word}]`).join(''))
  })

  it('gains 896 MiB in 7 blocks when its device is converted by hand, to the byte', async () => {
    const before = { memory: await meminfo(guest()), blocks: await blocks(guest()) }
    await guest().text(['sh', '-c', convertByHand])
    const after = { memory: await meminfo(guest()), blocks: await blocks(guest()) }
    const known = new Set(before.blocks.map((block) => block.number))
    const gained = after.blocks.filter((block) => !known.has(block.number))
    expect(await blockSize(guest())).toBe(128n * mib)
    expect(gained.map(({ state, zones, node }) => ({ state, zones, node }))).toEqual(
      Array.from({ length: 7 }, () => ({ state: 'online', zones: 'Movable', node: 1 })),
    )
    expect(after.memory.MemTotal - before.memory.MemTotal).toBe(896n * mib)
    expect((await iomem(guest(), 'System RAM (kmem)')).map((range) => range.sizeBytes)).toEqual([896n * mib])
    expect(await daxctlDevice(guest())).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 7,
      total_memblocks: 7,
      movable: true,
    })
  })

  it('is short of memory while a test squeezes it, and not any more afterwards', async () => {
    const before = await availableBytes(guest())
    const squeeze = await squeezeMemory(guest(), { leaveMib: 100 })
    expect(await availableBytes(guest())).toBeLessThan(102n * mib)
    await squeeze.release()
    expect(await availableBytes(guest())).toBeGreaterThan(before - 32n * mib)
  })

  it('is the same host after a reboot, with its device unconverted again', async () => {
    const before = { identity: await identity(guest()), boot: await bootId(guest()) }
    await guest().text(['sh', '-c', 'echo kept > /root/note; echo kept > /home/ops/note'])
    await guest().reboot()
    expect(await identity(guest())).toEqual(before.identity)
    expect(await bootId(guest())).not.toBe(before.boot)
    expect(await guest().text(['cat', '/root/note', '/home/ops/note'])).toBe('kept\nkept\n')
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
  })

  it('can show another host key, and only that one', async () => {
    const before = guest().ssh
    await guest().replaceHostKey()
    expect(guest().ssh.hostKey).not.toBe(before.hostKey)
    expect(await guest().text(['hostname'])).toBe('small-a\n')
    await expect(connectGuest(before, 60_000)).rejects.toThrow()
  })

  it('is the same host after its plug was pulled', async () => {
    const before = await identity(guest())
    await guest().text(['sync'])
    await guest().kill()
    expect(guest().isRunning).toBe(false)
    await guest().powerOn()
    expect(await identity(guest())).toEqual(before)
  })
})

describeWithGuests('a production guest', () => {
  const guest = useGuest({ name: 'production-a', kind: 'production' })

  it('has 2 GiB blocks, and loses what does not fill one', async () => {
    expect(await blockSize(guest())).toBe(2n * gib)
    const before = await meminfo(guest())
    await guest().text(['sh', '-c', convertByHand])
    expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe(6n * gib)
    expect(await daxctlDevice(guest())).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 3,
      total_memblocks: 3,
    })
  })
})

describeWithGuests('a guest with several NVDIMMs, and no kmem', () => {
  const guest = useGuest({
    name: 'mixed-a',
    withoutKmem: true,
    kernelArgs: ['memhp_default_state=online'],
    nvdimms: [
      { sizeMib: 1024, namespace: 'devdax' },
      { sizeMib: 512, namespace: 'raw' },
      { sizeMib: 256, namespace: 'fsdax' },
      { sizeMib: 512, namespace: 'devdax' },
    ],
  })

  it('gives each DIMM its own node and namespace mode', async () => {
    const devices = await daxctlList(guest())
    expect(devices.map((device) => BigInt(device.size)).sort()).toEqual([1006n * mib, 502n * mib].sort())
    // The kernel numbers nodes in an order of its own; that they differ is what matters.
    expect(new Set(devices.map((device) => device.target_node)).size).toBe(2)
    const namespaces = await guest().text(['ndctl', 'list', '-N'])
    expect([...namespaces.matchAll(/"mode":"(\w+)"/g)].map(([, mode]) => mode).sort()).toEqual([
      ...['devdax', 'devdax', 'fsdax', 'raw'],
    ])
  })

  it('lacks the module, for modprobe and daxctl as well', async () => {
    expect(await guest().text(['ls', '/sys/bus/dax/drivers'])).not.toContain('kmem')
    expect((await guest().run(['/sbin/modprobe', 'kmem'])).stderr).toContain('Module kmem not found')
    expect(
      (await guest().run(['daxctl', 'reconfigure-device', '-m', 'system-ram', 'dax0.0'])).status,
    ).not.toBe(0)
  })

  it('takes kernel options', async () => {
    expect(await guest().text(['cat', '/sys/devices/system/memory/auto_online_blocks'])).toBe('online\n')
  })
})

describeWithGuests('ending a lab', () => {
  it('takes its guests along when it is killed, and finds them again afterwards', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'daxfleet lab '))
    try {
      for (const round of ['first', 'second']) {
        const lab = spawn(process.execPath, [...labCommand, '--guests', '1', '--dir', dir])
        const guestPid = await new Promise<number>((resolve, reject) => {
          let said = ''
          const listen = (chunk: Buffer) => {
            said += chunk.toString()
            const pid = /Ctrl-C/.test(said) ? findProcess(dir) : undefined
            if (pid !== undefined) resolve(pid)
          }
          lab.stdout.on('data', listen)
          lab.stderr.on('data', listen)
          lab.once('exit', () => reject(new Error(`The ${round} lab ended: ${said}`)))
        })
        const ended = once(lab, 'exit')
        lab.kill('SIGKILL')
        await ended
        await vi.waitFor(() => expect(isAlive(guestPid)).toBe(false), { timeout: 30_000 })
      }
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })

  it('leaves no process behind and keeps the files', async () => {
    const lab = await openTestLab()
    try {
      const guest = await lab.start({ name: 'short-lived', nvdimms: [] })
      const { pid } = guest
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('daxfleet-lab-short-lived')
      await expect(lab.start({ name: 'short-lived', nvdimms: [] })).rejects.toThrow('already running')
      await lab.close()
      expect(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone')).toBe('gone')
      expect(await readFile(guest.files.console, 'utf8')).toContain('daxfleet-lab: ready')
      await expect(
        lab.start({ name: 'short-lived', nvdimms: [{ sizeMib: 64, namespace: 'raw' }] }),
      ).rejects.toThrow('other memory devices')
    } finally {
      await closeTestLab(lab)
    }
  })
})
