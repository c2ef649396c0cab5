import { z } from 'zod'
import { planKindSchema } from '@/server/plans/schema'
import { maxSelectorLength } from '@/server/rollouts/vocabulary'
import { approvalStates, fewestHours, longestReason, mostHours } from './vocabulary'

const digestSchema = z.string().max(128)
const reasonSchema = z.string().trim().max(longestReason)

/** What is to be approved: the plan of one device, or a whole rollout. */
const subject = { planId: z.uuid().optional(), rolloutId: z.uuid().optional() }
const isOne = ({ planId, rolloutId }: { planId?: string | undefined; rolloutId?: string | undefined }) =>
  (planId === undefined) !== (rolloutId === undefined)
const sayOne = 'Name either a plan or a rollout.'
export const approvalSubjectInput = z.object(subject).refine(isOne, sayOne)
export type ApprovalSubject = z.infer<typeof approvalSubjectInput>

/** The digest is what the requester saw: the request is about that, and nothing else. */
export const requestApprovalInput = z
  .object({ ...subject, digest: digestSchema, note: reasonSchema.default('') })
  .refine(isOne, sayOne)
export const requestIdInput = z.object({ requestId: z.uuid() })
/** The digest is what the approver saw, the phrase what they typed. */
export const approveInput = requestIdInput.extend({ digest: digestSchema, phrase: z.string().max(500) })
export const rejectInput = requestIdInput.extend({
  reason: reasonSchema.min(1, 'Say why: the requester reads it.'),
})

const refusedSchema = z.object({ type: z.literal('refused'), message: z.string(), next: z.string() })
export const requestApprovalOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('requested'), requestId: z.uuid(), expiresAt: z.date() }),
  refusedSchema,
])
export const decideOutput = z.discriminatedUnion('type', [
  /** `jobId`: the run that an approval began. */
  z.object({ type: z.literal('done'), message: z.string(), jobId: z.uuid().nullable() }),
  refusedSchema,
])
export type DecideOutcome = z.infer<typeof decideOutput>

export const approvalRequestSchema = z.object({
  id: z.uuid(),
  planId: z.uuid().nullable(),
  rolloutId: z.uuid().nullable(),
  /** `dax0.0 on db-r12-07`, or a rollout's name. */
  title: z.string(),
  /** Of a plan: where its page is. */
  hostId: z.uuid().nullable(),
  deviceId: z.uuid().nullable(),
  /** What is done: converted or given back. */
  kind: planKindSchema,
  /** Null where nothing comes online. */
  zone: z.string().nullable(),
  digest: z.string(),
  devices: z.number().int(),
  hosts: z.number().int(),
  state: z.enum(approvalStates),
  requestedBy: z.string(),
  /** The one who looks asked for it, and so cannot approve it. */
  isMine: z.boolean(),
  requestedAt: z.date(),
  expiresAt: z.date(),
  note: z.string(),
  /** Selectors of the rules that asked for a second person. */
  rules: z.array(z.string()),
  decidedBy: z.string().nullable(),
  decidedAt: z.date().nullable(),
  reason: z.string(),
  jobId: z.uuid().nullable(),
})
export type ApprovalRequestView = z.infer<typeof approvalRequestSchema>

export const listApprovalsInput = z.object({
  /** None: every state. */
  states: z.array(z.enum(approvalStates)).max(approvalStates.length).default([]),
  limit: z.number().int().min(1).max(500).default(100),
})
export const listApprovalsOutput = z.object({
  requests: z.array(approvalRequestSchema),
  /** Requests that wait for a decision now, whatever was asked for. */
  waiting: z.number().int(),
})

/** Whether a second person is needed for it as things stand, and the latest request about it. */
export const approvalStandingOutput = z.object({
  rules: z.array(z.string()),
  request: approvalRequestSchema.nullable(),
})

export const twoPersonPolicySchema = z.object({
  rules: z.array(
    z.object({
      id: z.uuid(),
      selector: z.string(),
      createdBy: z.string(),
      createdAt: z.date(),
      hosts: z.number().int(),
    }),
  ),
  validHours: z.number().int(),
})
export const addRuleInput = z.object({ selector: z.string().max(maxSelectorLength) })
export const removeRuleInput = z.object({ ruleId: z.uuid() })
export const setHoursInput = z.object({ validHours: z.number().int().min(fewestHours).max(mostHours) })
export const policyVerbOutput = z.discriminatedUnion('type', [
  /** How many requests that waited were withdrawn by it. */
  z.object({ type: z.literal('done'), withdrawn: z.number().int() }),
  refusedSchema,
])
export type PolicyVerbOutcome = z.infer<typeof policyVerbOutput>
