import type { DeviceView } from '@/server/hosts/schemas/device'
import type { Mark } from './states'

const ZONES: Readonly<Record<string, string>> = {
  movable: 'in zone Movable',
  kernel: 'in zone Normal',
  policy: 'in the zone of the host’s policy',
}
/** What a start came to that brought the device back. */
const CAME: ReadonlySet<string> = new Set(['converted', 'already'])

interface ComesBackWords {
  mark: Mark
  /** What stands behind it, in a sentence; '' where there is nothing to add. */
  detail: string
  next: string
}

/** Whether a device is system RAM again after a reboot of its host, as its row says it. */
export function comesBackWords({
  comesBack,
  driver,
}: Pick<DeviceView, 'comesBack' | 'driver'>): ComesBackWords {
  if (comesBack === null)
    return { mark: { tone: 'lost', word: 'Not known' }, detail: 'The host was read without root.', next: '' }
  const { by, zone, file, fault, isOtherProgram, lastStart } = comesBack
  if (by === 'daxctl')
    return { mark: { tone: 'ok', word: 'Yes (daxctl)' }, detail: `${file} tells daxctl so.`, next: '' }
  if (by === null)
    return { mark: { tone: 'skip', word: 'No' }, detail: 'A reboot leaves it on device_dax.', next: '' }
  if (fault !== null)
    return {
      mark: { tone: 'fail', word: 'Would not' },
      detail: `${fault}.`,
      next: 'Set it right on the host, or turn it on again here.',
    }
  if (lastStart !== null && !CAME.has(lastStart.outcome))
    return { mark: { tone: 'fail', word: 'Did not' }, detail: lastStart.message, next: lastStart.next }
  const where = ZONES[zone ?? ''] ?? ''
  const told = lastStart === null ? 'No reboot has tried it yet.' : 'It did at the last reboot.'
  const detail = `${where}. ${told}`.replace(/^./, (c) => c.toUpperCase())
  if (!isOtherProgram) return { mark: { tone: 'ok', word: 'Yes (Daxfleet)' }, detail, next: '' }
  return {
    mark: { tone: 'warn', word: 'Yes (another agent)' },
    detail: `${detail} A reboot runs another build of the agent than the one used now.`,
    next: driver === 'kmem' ? 'Keep it again: that replaces it.' : 'Convert it, then keep it again.',
  }
}
