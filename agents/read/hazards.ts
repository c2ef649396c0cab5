import type { Host } from '../host'
import type { Hazard, Inspection } from '../protocol'
import { exists, list, readOptional } from './files'

async function hasCpusets(host: Host): Promise<boolean> {
  for (const root of ['/sys/fs/cgroup', '/sys/fs/cgroup/cpuset']) {
    for (const name of await list(host, root)) {
      const mems = await readOptional(host, `${root}/${name}/cpuset.mems`)
      if (mems !== null && mems !== '') return true
    }
  }
  return false
}

/** What on this host will not take part in new memory by itself, or meddles with it. Nothing of it is changed. */
export async function readHazards(host: Host, autoOnline: Inspection['autoOnline']): Promise<Hazard[]> {
  const hazards: Hazard[] = []
  const add = (code: Hazard['code'], message: string) => hazards.push({ code, message })
  if (autoOnline.policy !== 'offline' && autoOnline.policy !== 'unknown') {
    add(
      'auto_online',
      `The kernel onlines new memory by itself (auto_online_blocks is ${autoOnline.policy}).`,
    )
  }
  const rule = autoOnline.udevRules.find(({ acts }) => acts !== 'no')
  if (rule !== undefined) add('udev_rule', `A udev rule acts on new memory blocks: ${rule.file}.`)
  if (
    (await exists(host, '/var/lib/kubelet/config.yaml')) ||
    (await exists(host, '/etc/kubernetes/kubelet.conf'))
  ) {
    add('kubelet', 'kubelet reads its capacity when it starts: restart it to see the new memory.')
  }
  if (await hasCpusets(host)) {
    add(
      'cpuset',
      'Some control groups name their memory nodes (cpuset.mems): they will not use the new node.',
    )
  }
  const crashLoaded = await readOptional(host, '/sys/kernel/kexec_crash_loaded')
  const follows = await readOptional(host, '/sys/devices/system/memory/crash_hotplug')
  if (crashLoaded === '1' && follows !== '1') {
    add('kdump', 'A crash kernel is loaded with a fixed memory map: reload kdump after converting.')
  }
  const configured = (await list(host, '/etc/daxctl.conf.d')).some((name) => name.endsWith('.conf'))
  if (configured || (await exists(host, '/etc/daxctl.conf'))) {
    add(
      'daxctl_persistence',
      'daxctl is configured here and may reconfigure devices at boot (/etc/daxctl.conf.d).',
    )
  }
  return hazards
}
