import { type Host, HostError } from '../host'
import { readDaxctl } from '../persist/daxctl'
import { readEntries, toldOf } from '../persist/entries'
import { OWN_PROGRAM, PROGRAM_BYTES, readFileState } from '../persist/files'
import { LINK, PROGRAM, UNIT } from '../persist/places'
import { readReport } from '../persist/report'
import { unitText } from '../persist/unit'
import type { FileState, Persistence } from '../protocol'
import { ownedFault } from './root-own'

/** Why systemd would not run what brings devices back, or something else in its place; null when it would. */
async function unitFault(host: Host): Promise<string | null> {
  try {
    for (const path of [PROGRAM, UNIT]) {
      const fault = await ownedFault(host, path)
      if (fault !== null) return fault
    }
    if ((await host.readText(UNIT)) !== unitText(PROGRAM)) return `${UNIT} is not as Daxfleet wrote it`
    return (await host.readlink(LINK)) === UNIT ? null : `${LINK} does not lead to ${UNIT}`
  } catch (error) {
    if (error instanceof HostError) return `${error.path} cannot be read (${error.errnoName})`
    throw error
  }
}

/** What comes back at the next start, and what came back at the last. Takes root: the report lies in root's folder. */
export async function readPersistence(host: Host): Promise<Persistence> {
  const devices = (await readEntries(host)).map(toldOf)
  return {
    devices,
    fault: devices.length === 0 ? null : await unitFault(host),
    lastBoot: await readReport(host),
    daxctl: await readDaxctl(host),
  }
}

/** The same with the digest of every file, and of the agent that now looks at them. */
export async function readPersistenceWhole(host: Host): Promise<Persistence> {
  const persistence = await readPersistence(host)
  const files: FileState[] = [
    await readFileState(host, { path: PROGRAM, is: 'program' }),
    await readFileState(host, { path: UNIT, is: 'text' }),
    await readFileState(host, { path: LINK, is: 'link' }),
  ]
  for (const { path } of persistence.devices) files.push(await readFileState(host, { path, is: 'text' }))
  const isUsed = persistence.devices.length > 0
  return {
    ...persistence,
    files,
    agentSha256: isUsed ? await host.sha256Of(OWN_PROGRAM, PROGRAM_BYTES) : null,
  }
}
