import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { findCommand } from '../lib/debian'
import { cxlDevices } from './cxl'
import type { GuestImage } from './image/build'
import type { QemuProgram } from './next/qemu'
import { softReserved, softReservedArgs, softReservedTotalMib } from './soft-reserved'
import { labelSizeMib, type ResolvedSpec } from './spec'
import type { GuestFiles } from './state'

export type Accelerator = 'kvm' | 'tcg'
export type QemuProcess = ChildProcessByStdio<null, Readable, Readable>

export const qemuCommand = 'qemu-system-x86_64'

export interface QemuOptions {
  spec: ResolvedSpec
  image: GuestImage
  /** The full guest's root, shared and never written to. */
  rootDisk?: string | undefined
  files: GuestFiles
  uuid: string
  port: number
  accelerator: Accelerator
}

/** The command line of a guest. No root, no bridge: the network is QEMU's own, shut to the outside but for SSH. */
export function qemuArguments(options: QemuOptions): string[] {
  const { spec, image, files } = options
  const memory = `${spec.memoryMib}M`
  const total = spec.memoryMib + softReservedTotalMib(spec)
  const cxl = spec.cxl.memdevs.length > 0
  const kmem = spec.withoutKmem ? ['lab.kmem=absent'] : []
  const full = options.rootDisk === undefined ? [] : fullKernelLine(spec)
  // panic=10: a guest that panics starts again, as servers do, and the console says why.
  const kernelLine = [
    'console=ttyS0',
    'loglevel=5',
    'nowatchdog',
    'panic=10',
    ...kmem,
    ...full,
    ...softReservedArgs(spec),
    ...spec.kernelArgs,
  ]
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio', '-monitor', 'none'],
    ...(spec.monitor ? ['-qmp', `unix:${escaped(files.monitor)},server=on,wait=off`] : []),
    ...['-name', `daxfleet-lab-${spec.name}`, '-uuid', options.uuid],
    ...['-machine', cxl ? 'q35,nvdimm=on,cxl=on,hmat=on' : 'q35,nvdimm=on'],
    ...acceleration(options.accelerator),
    ...['-smp', String(spec.processors)],
    ...['-m', `${total}M,slots=8,maxmem=${spec.kind === 'production' ? '256G' : '64G'}`],
    // reserve=off: 65 GiB of RAM of which the guest touches under two.
    ...['-object', `memory-backend-ram,id=dram,size=${memory},reserve=off`],
    ...['-numa', `node,nodeid=0,memdev=dram,cpus=0-${spec.processors - 1}`],
    ...spec.nvdimms.flatMap(({ sizeMib }, index) => nvdimm(files.nvdimm(index), sizeMib, index + 1)),
    ...softReserved(spec),
    ...cxlDevices(spec.cxl),
    ...drive('state', `file=${escaped(files.disk)},format=raw,cache=writeback`),
    ...(options.rootDisk === undefined
      ? []
      : drive('root', `file=${escaped(options.rootDisk)},format=raw,readonly=on`)),
    ...['-netdev', `user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:${options.port}-:22`],
    ...['-device', 'virtio-net-pci,netdev=net0,bus=pcie.0'],
    ...['-kernel', image.kernel, '-initrd', image.initramfs, '-append', kernelLine.join(' ')],
  ]
}

/** eth0 keeps the name and address that the initramfs gave it: nothing in the guest configures networks. */
function fullKernelLine(spec: ResolvedSpec): string[] {
  const sessions = spec.killUserProcesses ? [] : ['lab.sessions=kept']
  return ['rdinit=/etc/lab/boot-full', 'net.ifnames=0', 'systemd.show_status=auto', ...sessions]
}

/**
 * What an emulator pays dearly for and no conversion asks for: string moves byte by byte (ERMS, FSRM), wide registers
 * at every switch of a process, a fifth level of page tables, guards at every copy from user space. Without them a
 * guest boots in three quarters of the time.
 */
const DEAR_TO_EMULATE = ['erms', 'fsrm', 'xsave', 'la57', 'smap', 'smep']

/** Processor and accelerator; without the hypervisor bit, since kernels size memory blocks differently under one. */
export function acceleration(accelerator: Accelerator): string[] {
  const without = accelerator === 'kvm' ? [] : DEAR_TO_EMULATE
  const which = accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'
  return ['-accel', which, '-cpu', ['max', 'hypervisor', ...without].join(',-')]
}

/**
 * Starts QEMU so that it cannot outlive us: the kernel kills it when this process ends in whatever way, kill -9
 * included (PR_SET_PDEATHSIG, by setpriv). In a session of its own, so that Ctrl-C reaches us and not the guests.
 */
export async function spawnQemu(args: readonly string[], program?: QemuProgram): Promise<QemuProcess> {
  const setpriv = (await findCommand('setpriv')) ?? 'setpriv'
  const { argv, env } = program ?? { argv: [(await findCommand(qemuCommand)) ?? qemuCommand], env: {} }
  return spawn(setpriv, ['--pdeathsig', 'KILL', '--', ...argv, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
}

/** On the root bus by name: beside a CXL host bridge QEMU would take that one. */
function drive(id: string, what: string): string[] {
  return ['-drive', `id=${id},if=none,${what}`, '-device', `virtio-blk-pci,drive=${id},bus=pcie.0`]
}

function nvdimm(path: string, sizeMib: number, node: number): string[] {
  const size = `${sizeMib + labelSizeMib}M`
  return [
    ...['-numa', `node,nodeid=${node}`],
    ...['-object', `memory-backend-file,id=pm${node},share=on,mem-path=${escaped(path)},size=${size}`],
    ...[
      '-device',
      `nvdimm,id=nv${node},memdev=pm${node},label-size=${labelSizeMib}M,node=${node},slot=${node - 1}`,
    ],
  ]
}

/** A comma ends a value in QEMU's options unless it is doubled. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,')
}
