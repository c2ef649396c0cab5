import type { DaxDevice, Refusal, RefusalCode } from '../protocol'
import type { Reading } from '../read/inspect'
import { hooksOf, refuseHooks } from './hooks'

/** What must stay free beside the struct pages of new memory: 64 MiB, or a fiftieth of all RAM. */
export function memmapReserveBytes(totalBytes: bigint): bigint {
  const least = 64n * 1024n * 1024n
  return totalBytes / 50n > least ? totalBytes / 50n : least
}

const mib = (bytes: bigint | string) => `${(BigInt(bytes) / 1048576n).toString()} MiB`

/** Bad sectors stand against a device becoming RAM, whole or a share of it, whatever the health policy says. */
export function mediaRefusal({ name, badBlocks }: DaxDevice): Refusal | null {
  if (badBlocks === 0) return null
  return {
    code: 'media_errors',
    message: `${name} has ${badBlocks} bad sectors: as RAM, touching one crashes the host.`,
    next: 'Clear or replace the media first (ndctl list -M, ndctl clear-errors).',
  }
}

/**
 * Why a device cannot be converted, whatever the zone, as far as a plain reading tells. Who uses it, and what the
 * zone demands, is looked for when a plan is made. A device that is bound to kmem already is judged by the plan.
 */
export function refuseDevice(reading: Reading, device: DaxDevice, reservedBytes: bigint): Refusal[] {
  const { inspection } = reading
  const refusals: Refusal[] = []
  const refuse = (code: RefusalCode, message: string, next: string) => refusals.push({ code, message, next })
  const { name } = device

  if (inspection.daxModel === 'class') {
    refuse(
      'compat_model',
      `${name} is on the old class model (/sys/class/dax): the kernel cannot rebind it.`,
      'Remove dax_pmem_compat (blacklist it) and restart the host.',
    )
  }
  if (!inspection.privileged) {
    refuse(
      'not_root',
      `${name} was read without root, so its addresses are unknown.`,
      'Run the agent as root or with sudo -n.',
    )
    return refusals
  }
  refusals.push(...refuseHooks(hooksOf(inspection.hooks, 'convert')))
  if (inspection.blockSizeBytes === '0') {
    refuse(
      'unsupported',
      'This kernel has no memory hotplug (no memory blocks in /sys).',
      'Use a kernel with CONFIG_MEMORY_HOTPLUG.',
    )
  }
  if (device.stranded) {
    refuse(
      'stranded',
      `${name} is not bound to kmem, but its memory is still plugged in: the kernel cannot take it back.`,
      'Restart the host; until then the memory stays as it is.',
    )
  } else if (device.driver !== 'device_dax' && device.driver !== 'kmem') {
    refuse(
      'bound_elsewhere',
      device.driver === null ? `${name} has no driver.` : `${name} is bound to ${device.driver}.`,
      `Bind it to device_dax first: write ${name} to /sys/bus/dax/drivers/device_dax/bind.`,
    )
  }
  for (const other of inspection.devices) {
    if (other.name === name || other.driver !== null || device.driver === 'kmem') continue
    refuse(
      'sibling_unbound',
      `${other.name} has no driver: converting ${name} would make kmem take ${other.name} as well.`,
      `Bind ${other.name} first: write ${other.name} to /sys/bus/dax/drivers/device_dax/bind.`,
    )
  }
  if (inspection.kmem === 'missing') {
    refuse(
      'kmem_missing',
      'The kmem driver is not on this host.',
      'Install the kernel modules that hold kmem (CONFIG_DEV_DAX_KMEM).',
    )
  }
  if (inspection.kmem === 'blacklisted') {
    refuse(
      'kmem_blacklisted',
      'The kmem module is blacklisted on this host.',
      'Take it off module_blacklist= and /etc/modprobe.d, if that was not on purpose.',
    )
  }
  if (device.targetNode === null) {
    refuse(
      'no_target_node',
      `${name} has no target node: the kernel would not know where to put its memory.`,
      'Check the firmware tables (SRAT, NFIT, CEDT) of this host.',
    )
  }
  const media = mediaRefusal(device)
  if (media !== null) refusals.push(media)
  if (device.prediction.blockCount === 0) {
    refuse(
      'too_small',
      `Nothing of ${name} (${mib(device.sizeBytes)}) fills a memory block of ${mib(inspection.blockSizeBytes)} after alignment.`,
      'Make the namespace or region larger.',
    )
  }
  const memmap = BigInt(device.prediction.memmapBytes)
  const reserve = memmapReserveBytes(BigInt(inspection.memory.totalBytes))
  const plugged = device.driver === 'kmem' && device.blocks.length > 0
  if (
    !plugged &&
    device.prediction.memmapFrom === 'normal' &&
    memmap + reserve + reservedBytes > reading.memory.headroomBytes
  ) {
    const others = reservedBytes > 0n ? `, ${mib(reservedBytes)} more for conversions approved before it` : ''
    refuse(
      'no_memmap_headroom',
      `${name} needs ${mib(memmap)} of existing memory for its page structures, with ${mib(reserve)} to spare${others}; ${mib(reading.memory.headroomBytes)} are available.`,
      'Free memory on the host, or convert a smaller device first.',
    )
  }
  return refusals
}
