import type { Handle, Host } from '../host'
import type { Say } from '../say'
import { type ActorTask, startActor } from './start'
import { tailJournal } from './tail'

/** Starts the acting process and follows the journal; the lock is let go once the actor has it for sure. */
export async function actAndFollow(
  host: Host,
  task: ActorTask & { isAlone: boolean },
  lock: Handle,
  from: number,
  say: Say,
): Promise<void> {
  let actor = await startActor(host, task, lock, task.isAlone)
  let held = true
  const release = async () => {
    if (held) await host.close(lock)
    held = false
  }
  await tailJournal(
    host,
    {
      jobId: task.jobId,
      fromLine: from,
      onLook: async (lastLine) => {
        if (!held) return false
        if (lastLine >= from) await release()
        else {
          const state = await host.poll(actor.pid)
          if (state.running) return true
          // systemd could not start the unit (no bus, or its policy forbids): the plain way is left.
          if (actor.isUnit) actor = await startActor(host, task, lock, true)
          else await release()
        }
        return held
      },
    },
    say,
  )
}
