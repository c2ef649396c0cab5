import type { Host } from '../host'
import type { DaxctlSection, DaxDevice } from '../protocol'
import { exists, list, readOptional } from '../read/files'

const CONFIGS = '/etc/daxctl.conf.d'
/** The first folder that has a rule of this name decides, and an empty one there turns it off (udev(7)). */
const RULE_FOLDERS = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d']
const RULE = '90-daxctl-device.rules'
const UNIT_FOLDERS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']
const DAXCTL_UNIT = 'daxdev-reconfigure@.service'

async function doesAct(host: Host): Promise<boolean> {
  for (const folder of RULE_FOLDERS) {
    if (!(await exists(host, `${folder}/${RULE}`))) continue
    const rule = (await readOptional(host, `${folder}/${RULE}`)) ?? ''
    if (!/^[^#\n]*daxdev-reconfigure/m.test(rule)) return false
    for (const units of UNIT_FOLDERS) if (await exists(host, `${units}/${DAXCTL_UNIT}`)) return true
    return false
  }
  return false
}

/** Sections that make a namespace system RAM (daxctl-reconfigure-device(1), "Persistent reconfiguration"). */
function sectionsOf(text: string): string[] {
  const uuids: string[] = []
  let section: { uuid: string; mode: string } | null = null
  const close = () => {
    if (section !== null && section.uuid !== '' && section.mode === 'system-ram') uuids.push(section.uuid)
    section = null
  }
  for (const line of text.split('\n')) {
    const header = /^\s*\[\s*(\S+)(\s[^\]]*)?\]/.exec(line)
    if (header !== null) {
      close()
      // Without a mode it is system-ram.
      if (header[1] === 'reconfigure-device') section = { uuid: '', mode: 'system-ram' }
      continue
    }
    const [, key, value = ''] = /^\s*([\w.]+)\s*=\s*"?([^"\s]*)"?\s*$/.exec(line) ?? []
    if (section !== null && key === 'nvdimm.uuid') (section as { uuid: string }).uuid = value.toLowerCase()
    if (section !== null && key === 'mode') (section as { mode: string }).mode = value
  }
  close()
  return uuids
}

/** What daxctl itself brings back at each start, as far as its configuration tells. */
export async function readDaxctl(host: Host): Promise<DaxctlSection[]> {
  const sections: DaxctlSection[] = []
  const acts = (await exists(host, CONFIGS)) && (await doesAct(host))
  for (const name of await list(host, CONFIGS)) {
    if (!name.endsWith('.conf')) continue
    const file = `${CONFIGS}/${name}`
    for (const uuid of sectionsOf((await readOptional(host, file)) ?? '')) sections.push({ file, uuid, acts })
  }
  return sections
}

/** The section that brings this device back; null with none. daxctl tells devices by the namespace's uuid alone. */
export function daxctlSection(
  sections: readonly DaxctlSection[],
  { identity }: DaxDevice,
): DaxctlSection | null {
  const uuids = identity.detail.flatMap(({ label, value }) =>
    label.endsWith('uuid') ? [value.toLowerCase()] : [],
  )
  return sections.find(({ uuid, acts }) => acts && uuids.includes(uuid)) ?? null
}
