import { protectedProcedure, router } from '@/server/trpc/procedures'
import { approve, reject, withdraw } from './decide'
import { approvalStanding, listApprovals } from './list-approvals'
import { addRule, readPolicy, removeRule, setHours } from './policy'
import { requestApproval } from './request-approval'
import {
  addRuleInput,
  approvalStandingOutput,
  approvalSubjectInput,
  approveInput,
  decideOutput,
  listApprovalsInput,
  listApprovalsOutput,
  policyVerbOutput,
  rejectInput,
  removeRuleInput,
  requestApprovalInput,
  requestApprovalOutput,
  requestIdInput,
  setHoursInput,
  twoPersonPolicySchema,
} from './schema'

export const approvalsRouter = router({
  list: protectedProcedure
    .input(listApprovalsInput)
    .output(listApprovalsOutput)
    .query(({ ctx, input }) => listApprovals(ctx, input)),
  /** Whether a second person is needed for a plan or a rollout, and what became of the request. */
  standing: protectedProcedure
    .input(approvalSubjectInput)
    .output(approvalStandingOutput)
    .query(({ ctx, input }) => approvalStanding(ctx, input)),
  request: protectedProcedure
    .input(requestApprovalInput)
    .output(requestApprovalOutput)
    .mutation(({ ctx, input }) => requestApproval(ctx, input)),
  withdraw: protectedProcedure
    .input(requestIdInput)
    .output(decideOutput)
    .mutation(({ ctx, input }) => withdraw(ctx, input)),
  approve: protectedProcedure
    .input(approveInput)
    .output(decideOutput)
    .mutation(({ ctx, input }) => approve(ctx, input)),
  reject: protectedProcedure
    .input(rejectInput)
    .output(decideOutput)
    .mutation(({ ctx, input }) => reject(ctx, input)),
  policy: protectedProcedure.output(twoPersonPolicySchema).query(({ ctx }) => readPolicy(ctx)),
  addRule: protectedProcedure
    .input(addRuleInput)
    .output(policyVerbOutput)
    .mutation(({ ctx, input }) => addRule(ctx, input.selector)),
  removeRule: protectedProcedure
    .input(removeRuleInput)
    .output(policyVerbOutput)
    .mutation(({ ctx, input }) => removeRule(ctx, input.ruleId)),
  setHours: protectedProcedure
    .input(setHoursInput)
    .output(policyVerbOutput)
    .mutation(({ ctx, input }) => setHours(ctx, input.validHours)),
})
