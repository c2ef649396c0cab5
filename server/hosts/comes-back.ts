import type { Inspection } from '@/agents/protocol'

/** What the start of the host did for a device, where that start is the one the host runs from. */
export interface LastStart {
  outcome: string
  message: string
  next: string
}

/** Whether a device is system RAM again after a restart, and who sees to it. */
export interface ComesBack {
  by: 'daxfleet' | 'daxctl' | null
  /** Of daxfleet: the zone its blocks come back in. */
  zone: string | null
  /** Of daxctl: the file that says so. */
  file: string | null
  /** Why it would not come back although it is asked for. */
  fault: string | null
  /** Of daxfleet: the next start runs another build of the agent than the one that read the host. */
  isOtherProgram: boolean
  /** Null where the last start did nothing for it. */
  lastStart: LastStart | null
}

const nobody: ComesBack = {
  by: null,
  zone: null,
  file: null,
  fault: null,
  isOtherProgram: false,
  lastStart: null,
}

type Persistence = NonNullable<Inspection['persistence']>
type Device = Inspection['devices'][number]

/** As the host told at its last reading; null of a host that was read without root, or by an earlier agent. */
export function comesBackOf(
  inspection: Inspection | null,
  device: Pick<Device, 'identity'>,
): ComesBack | null {
  const persistence = inspection?.persistence
  if (inspection === null || persistence === undefined) return null
  const { id, detail } = device.identity
  const own = persistence.devices.find(({ deviceId }) => deviceId === id)
  const uuids = detail.flatMap(({ label, value }) => (label.endsWith('uuid') ? [value.toLowerCase()] : []))
  const section = persistence.daxctl.find(({ uuid, acts }) => acts && uuids.includes(uuid))
  if (own !== undefined)
    return {
      ...nobody,
      by: 'daxfleet',
      zone: own.zone,
      fault: own.fault ?? persistence.fault,
      isOtherProgram: isOtherProgram(persistence),
      lastStart: lastStartOf(persistence, inspection.host.bootId, id),
    }
  return section === undefined ? nobody : { ...nobody, by: 'daxctl', file: section.file }
}

/** By digest; false where an earlier agent told none. */
function isOtherProgram({ files = [], agentSha256 = null }: Persistence): boolean {
  const program = files.find(({ is }) => is === 'program')
  return agentSha256 !== null && program !== undefined && program.sha256 !== agentSha256
}

function lastStartOf({ lastBoot }: Persistence, bootId: string, id: string): LastStart | null {
  // An earlier start's story is about devices as they are no more.
  if (lastBoot === null || lastBoot.bootId !== bootId) return null
  const result = lastBoot.results.find(({ deviceId }) => deviceId === id)
  if (result !== undefined) return result
  if (lastBoot.isOver) return null
  const message = 'What brings devices back has not come to its end in this start of the host.'
  return { outcome: 'failed', message, next: 'Look at it on the host: systemctl status daxfleet-boot.' }
}

/** Files that no device of the host answers to: nothing comes back for them, and somebody should know. */
export function lostFilesOf(inspection: Inspection | null): { path: string; why: string }[] {
  const persistence = inspection?.persistence
  if (inspection === null || persistence === undefined) return []
  const here = new Set(inspection.devices.map(({ identity }) => identity.id))
  return persistence.devices.flatMap(({ path, deviceId, fault }) => {
    if (fault !== null) return [{ path, why: `${fault}.` }]
    return deviceId !== null && here.has(deviceId)
      ? []
      : [{ path, why: `No device of this host is ${deviceId ?? 'told by it'}.` }]
  })
}
