import type { Handle, Host } from '../host'
import type { Direction } from '../protocol'
import { exists } from '../read/files'
import { act } from './act'

const SYSTEMD_RUN = ['/usr/bin/systemd-run', '/bin/systemd-run']

/** systemd-run's full path where PID 1 is systemd, else null. */
async function findSystemdRun(host: Host): Promise<string | null> {
  if (!(await exists(host, '/run/systemd/system'))) return null
  for (const path of SYSTEMD_RUN) if (await exists(host, path)) return path
  return null
}

/** What an acting process is started for; the epoch keeps two attempts of one job apart. */
export interface ActorTask {
  jobId: string
  epoch: string
  /** Null for a conversion from its beginning. */
  recovery: Direction | null
}

/**
 * Starts the acting process with the lock as its stdin. Where systemd rules it becomes a unit of its own, for a
 * process of a login session dies with that under KillUserProcesses=yes, setsid or not. `--pipe` passes the very
 * descriptor of the lock on. `isAlone` chooses the plain way, a copy of this process that leaves its session.
 */
export async function startActor(
  host: Host,
  { jobId, epoch, recovery }: ActorTask,
  lock: Handle,
  isAlone: boolean,
): Promise<{ pid: number; isUnit: boolean }> {
  const systemdRun = isAlone ? null : await findSystemdRun(host)
  if (systemdRun === null) {
    const pid = await host.fork('act', (copy) => act(copy, jobId, epoch, recovery ?? ''), host, lock)
    return { pid, isUnit: false }
  }
  const self = await host.self()
  const words = ['act', jobId, epoch, ...(recovery === null ? [] : [recovery])]
  // systemd opens the path itself: by our process id it gets the file that runs, even if its path was replaced.
  const program = self.replace('/proc/self/', `/proc/${await host.readlink('/proc/self')}/`)
  const unit = [
    '--quiet',
    '--collect',
    '--pipe',
    `--unit=daxfleet-${jobId}-${epoch}`,
    `--description=Daxfleet converts memory or gives it back (job ${jobId})`,
    // A conversion half done is worse than any other process to kill when memory is short.
    '--property=OOMScoreAdjust=-900',
    '--property=SendSIGKILL=no',
  ]
  return { pid: await host.start([systemdRun, ...unit, program, ...words], lock), isUnit: true }
}
