import type { ApprovalStateName } from '@/server/approvals/vocabulary'
import type { Mark } from './states'

export const APPROVAL_MARKS: Readonly<Record<ApprovalStateName, Mark>> = {
  waiting: { tone: 'wait', word: 'Waiting' },
  approved: { tone: 'ok', word: 'Approved' },
  rejected: { tone: 'fail', word: 'Rejected' },
  withdrawn: { tone: 'skip', word: 'Withdrawn' },
  expired: { tone: 'skip', word: 'Ran out' },
}

/** A rule as a person would say it. */
export function ruleWords(selector: string): string {
  return selector === 'host:*' ? 'the whole fleet' : selector
}

interface Subject {
  planId: string | null
  rolloutId: string | null
  hostId: string | null
  deviceId: string | null
  kind: string
  zone: string | null
  jobId: string | null
}

/** Each kind has a page of its own name. */
const PAGES = ['convert', 'restore', 'persist', 'unpersist']

/** Where it stands to be read: the page of the plan or of the rollout, or of the run it began. */
export function approvalHref({ planId, rolloutId, hostId, deviceId, kind, zone, jobId }: Subject) {
  if (rolloutId !== null) return { pathname: `/rollouts/${rolloutId}` }
  const ofPlan = { plan: planId ?? '', ...(zone === null ? {} : { zone }) }
  const query: Record<string, string> = jobId === null ? ofPlan : { run: jobId }
  const page = PAGES.find((known) => known === kind) ?? 'share'
  return { pathname: `/hosts/${hostId}/${page}/${deviceId}`, query }
}
