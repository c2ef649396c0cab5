import type { BusDevice } from '@/agents/model/dax'
import { MOVABLE, NORMAL, OFFLINE } from '@/agents/model/memory'
import { MIB } from '@/agents/model/spec'
import type { RestoreQuestion } from '@/agents/protocol'
import { putOnKmem } from '../support/put-on-kmem'
import type { SimulatedHost } from './simulated-host'
import type { World } from './world'

/** Blocks a device of the simulation has, of the smaller kind. */
const blocksADevice = 3

/** As it was before anybody asked for it back: converted, with what is peculiar to this host. */
export function convertByHand({ machine, figures, foreignIds }: SimulatedHost): void {
  const { memory, spec } = machine
  const isAmong = (numbers: readonly number[], device: number, block: number) =>
    block < blocksADevice && numbers.includes(device * blocksADevice + block)
  for (const id of putOnKmem(machine, { leavesId: figures.byDaxctl })) foreignIds.add(id)
  for (const { device, states } of memory.plugged)
    states.forEach((_, block) => {
      const isOffline = isAmong(figures.offlineBefore, device, block)
      states[block] = isOffline ? OFFLINE : figures.kernelZone ? NORMAL : MOVABLE
      if (isAmong(figures.refusing, device, block)) spec.refusingBlocks.push({ device, block, errno: 12 })
    })
  memory.changed()
}

/** What a giving back is asked with, its floor taken of what would be left with all of the host's devices gone. */
export function questionOf(world: World, host: SimulatedHost, deviceId: string): RestoreQuestion {
  const { onPartial, offlineSeconds, hostFloorPercent } = world.figures.givingBack
  const left = host.machine.figures.available() - pluggedBytes(host)
  const floorBytes = left > 0n ? (left * BigInt(hostFloorPercent)) / 100n : 0n
  return {
    kind: 'restore',
    deviceId,
    reservedBytes: '0',
    floorBytes: String(floorBytes),
    onPartial,
    offlineSeconds,
    kernelZone: host.figures.kernelZone ? 'try' : 'refuse',
  }
}

/** Bytes of its devices that read online. */
export function pluggedBytes({ machine }: SimulatedHost): bigint {
  const { memory, spec } = machine
  const blocks = memory.plugged.flatMap(({ states }) => [...states]).filter((state) => state !== 0)
  return BigInt(blocks.length) * spec.blockSizeBytes
}

const blocksOf = ({ machine: { memory } }: SimulatedHost, device: number, state: 'online' | 'offline') =>
  memory.plugged
    .filter((range) => range.device === device)
    .flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at))
    .filter((id) => memory.stateOf(id) === state)

const oneOf = <T>(world: World, all: readonly T[]): T | undefined =>
  all[world.random.whole(0, all.length - 1)]

const anyDevice = (world: World, { machine }: SimulatedHost): BusDevice | undefined =>
  oneOf(world, machine.bus.devices)

/** Programs take more of its memory, or less. */
function press(world: World, host: SimulatedHost): void {
  const { spec } = host.machine
  spec.usedBytes = BigInt(world.random.whole(80, 700)) * MIB
  world.trace.say(host.name, `its programs take ${spec.usedBytes / MIB} MiB now`)
}

/**
 * Before a call: programs may take memory, but not between the agent's look at what is available and the block that it
 * takes offline upon it. Nobody can see that coming.
 */
export function mayPress(world: World, host: SimulatedHost, process: string, path: string): void {
  if (!host.hasLooked && world.strikes(world.faults.pressure)) press(world, host)
  if (process === 'act' && path === '/proc/meminfo') host.hasLooked = true
}

/** A block of the device went offline: a rule of the host's own may bring it, or one before it, back online. */
export function mayBringBack(world: World, host: SimulatedHost, block: number): void {
  host.hasLooked = false
  const { memory } = host.machine
  const index = memory.plugged.find(({ first, last }) => block >= first && block <= last)?.device
  if (index === undefined || !world.strikes(world.faults.broughtBack)) return
  const id = oneOf(world, blocksOf(host, index, 'offline'))
  if (id === undefined) return
  const errno = memory.write(id, 'online_movable')
  world.trace.say(host.name, `a rule brings block ${id} back online: ${errno}`)
  host.handled.set(index, world.nowMs)
}

/** kmem is made to let go of a device, whatever is online. */
export function unbindBehindOurBack(world: World, host: SimulatedHost): void {
  const device = anyDevice(world, host)
  if (!host.machine.isOn || device?.driver !== 'kmem') return
  host.machine.bus.unbind('kmem', device.name)
  world.trace.say(
    host.name,
    `kmem is made to let go of ${device.name}${device.stranded ? ', which is stranded' : ''}`,
  )
  host.handled.set(device.index, world.nowMs)
}

/** Somebody turns a block of a device, or an id, while no agent is there to see it. */
export function handOnBlock(world: World, host: SimulatedHost): void {
  const { machine } = host
  const device = anyDevice(world, host)
  if (!machine.isOn || !host.isIdle || device?.driver !== 'kmem') return
  host.hasLooked = false
  const isOnline = world.random.next() < 0.5
  const id = oneOf(world, blocksOf(host, device.index, isOnline ? 'offline' : 'online'))
  if (id === undefined) return
  const errno = machine.memory.write(id, isOnline ? 'online_movable' : 'offline')
  world.trace.say(
    host.name,
    `somebody takes block ${id} ${isOnline ? 'online' : 'offline'} by hand: ${errno}`,
  )
  host.handled.set(device.index, world.nowMs)
}

/** A page that nobody can move is on a block, or is gone from it. */
export function pinPage(world: World, host: SimulatedHost): void {
  const device = anyDevice(world, host)
  const id = device === undefined ? undefined : oneOf(world, blocksOf(host, device.index, 'online'))
  if (!host.machine.isOn || id === undefined) return
  const { pinned } = host.machine.memory
  if (pinned.size > 0 && world.random.next() < 0.6) pinned.clear()
  else pinned.set(id, world.random.next() < 0.5 ? 'never' : 16)
  world.trace.say(host.name, `pages that nobody can move are on blocks ${[...pinned.keys()].join(', ')}`)
}
