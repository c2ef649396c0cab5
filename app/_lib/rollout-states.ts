import type { HostRunState, ItemState, RolloutState } from '@/server/rollouts/vocabulary'
import type { Mark } from './states'

export const ROLLOUT_MARKS: Record<RolloutState, Mark> = {
  planning: { tone: 'run', word: 'Planning' },
  ready: { tone: 'wait', word: 'To approve' },
  running: { tone: 'run', word: 'Running' },
  paused: { tone: 'warn', word: 'Paused' },
  stopping: { tone: 'warn', word: 'Stopping' },
  aborting: { tone: 'warn', word: 'Aborting' },
  finished: { tone: 'ok', word: 'Finished' },
  stopped: { tone: 'warn', word: 'Stopped' },
  aborted: { tone: 'fail', word: 'Aborted' },
  discarded: { tone: 'skip', word: 'Discarded' },
}

export const HOST_RUN_MARKS: Record<HostRunState, Mark> = {
  pending: { tone: 'wait', word: 'Pending' },
  running: { tone: 'run', word: 'In flight' },
  succeeded: { tone: 'ok', word: 'Done' },
  failed: { tone: 'fail', word: 'Failed' },
  void: { tone: 'warn', word: 'Changed since' },
  cancelled: { tone: 'skip', word: 'Cancelled' },
  skipped: { tone: 'skip', word: 'Skipped' },
  unstarted: { tone: 'wait', word: 'Not started' },
}

/** Those of a job are told as its own page tells them. */
export const ITEM_MARKS: Record<ItemState, Mark> = {
  planning: { tone: 'run', word: 'Planning' },
  planned: { tone: 'wait', word: 'Planned' },
  excluded: { tone: 'skip', word: 'Left out' },
  pending: { tone: 'wait', word: 'Pending' },
  running: { tone: 'run', word: 'Running' },
  converted: { tone: 'ok', word: 'Converted' },
  restored: { tone: 'ok', word: 'Given back' },
  already: { tone: 'ok', word: 'As asked already' },
  partial: { tone: 'warn', word: 'Partial' },
  refused: { tone: 'skip', word: 'Refused' },
  failed: { tone: 'fail', word: 'Failed' },
  stranded: { tone: 'fail', word: 'Stranded' },
  cancelled: { tone: 'skip', word: 'Cancelled' },
  lost: { tone: 'lost', word: 'Lost' },
  void: { tone: 'warn', word: 'Changed since' },
  skipped: { tone: 'skip', word: 'Skipped' },
  unstarted: { tone: 'wait', word: 'Not started' },
}
