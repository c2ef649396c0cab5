import type { Config } from '@/server/lib/config'
import type { WorkerLimits } from './context'

/** Contact and command as configured, and some seconds for a first upload of the agent. */
const uploadMs = 20_000

export function workerLimits(settings: Config): WorkerLimits {
  const ttlMs = settings.hostLeaseSeconds * 1000
  const questionMs = (settings.sshConnectSeconds + settings.sshCommandSeconds) * 1000 + uploadMs
  return {
    lease: { ttlMs, renewEveryMs: ttlMs / 3 },
    questionMs,
    readyMs: questionMs,
    attempts: 3,
    backOffMs: 2_000,
    reattachMs: 5_000,
    unknownDeadlineMs: settings.unknownDeadlineSeconds * 1000,
    stuckAfterMs: settings.stuckAfterSeconds * 1000,
    announceEveryMs: 250,
    messageLostMs: 60_000,
    // Twice the longest answer: a queue of plans before it, then its own.
    planGivenUpMs: 2 * questionMs,
    hookSeconds: settings.hookSeconds,
    offlineSeconds: settings.offlineSeconds,
    probeIntervalMs: settings.probeIntervalSeconds * 1000,
    watch: {
      everyMs: settings.watchSeconds * 1000,
      maxHosts: settings.watchMaxHosts,
      claimMs: 30_000,
      backOffMs: 2_000,
      longestBackOffMs: 60_000,
    },
  }
}
