import { expect } from 'vitest'
import type { JournalLine } from '@/agents/protocol'
import type { JobDetail } from '@/server/jobs/schema'
import { type DaxctlDevice, daxctlDevice } from './guest-memory'
import type { Guest } from './guests'

const DRIVERS = '/sys/bus/dax/drivers'

/**
 * Takes the device $1 off its driver, whichever it is, its blocks offline first (a node each, in the lab's guests); lets kmem
 * sweep: a write to new_id offers it every device without a driver, by all the ids in its list; back on device_dax.
 */
const reset = `set -e
device=/sys/bus/dax/devices/$1
driver=$(basename "$(readlink $device/driver)")
if [ "$driver" = kmem ]; then
  for block in /sys/devices/system/node/node$(cat $device/target_node)/memory[0-9]*; do
    if [ -e "$block/state" ] && [ "$(cat $block/state)" != offline ]; then echo offline > $block/state; fi
  done
fi
echo $1 > ${DRIVERS}/$driver/unbind
if [ -e ${DRIVERS}/kmem ]; then
  echo dax9.9 > ${DRIVERS}/kmem/new_id || true
  echo dax9.9 > ${DRIVERS}/kmem/remove_id
fi
if [ -e $device/driver ]; then echo "an id was left in the list of kmem" >&2; exit 1; fi
echo $1 > ${DRIVERS}/device_dax/bind`

/**
 * Puts the guest's device back on device_dax, and fails when an id was left in kmem's list: without a driver and
 * offered to kmem, the device must stay without one.
 */
export async function resetDevice(guest: Guest, name = 'dax0.0'): Promise<void> {
  await guest.text(['sh', '-c', reset, 'sh', name])
}

/** The job's journal as it stands on the guest; empty when there is none. */
export async function journalOnGuest(guest: Guest, jobId: string): Promise<JournalLine[]> {
  const { stdout } = await guest.run(['cat', `/var/lib/daxfleet/jobs/${jobId}.jsonl`])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line): JournalLine[] => {
      try {
        return [JSON.parse(line)]
      } catch {
        return []
      }
    })
}

/** What must hold of an ended job: what it says is what daxctl says, and nothing was done twice. */
export async function expectTruth(guest: Guest, job: JobDetail): Promise<DaxctlDevice> {
  const device = await daxctlDevice(guest, job.daxName)
  const said = `${job.state}: ${job.message}`
  if (device.mode === 'system-ram') {
    const whole = device.online_memblocks === device.total_memblocks
    expect(whole ? ['converted', 'already'] : ['partial'], said).toContain(job.state)
  } else expect(['failed', 'cancelled', 'refused'], said).toContain(job.state)
  expect(device.state, 'the device has no driver').not.toBe('disabled')

  const journal = await journalOnGuest(guest, job.id)
  const unbinds = journal.filter((line) => line.kind === 'done' && line.step === 'unbind' && line.errno === 0)
  expect(unbinds.length, 'the device was unbound twice').toBeLessThanOrEqual(1)
  const numbers = journal.map(({ n }) => n)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  return device
}
