/** What became of a request. No validator stands here: pages import it too. */
export const approvalStates = ['waiting', 'approved', 'rejected', 'withdrawn', 'expired'] as const
export type ApprovalStateName = (typeof approvalStates)[number]

/** Rules at most: each is held against each host that is asked about. */
export const mostRules = 100
export const fewestHours = 1
export const mostHours = 720
export const longestReason = 500
