import { protectedProcedure, router } from '@/server/trpc/procedures'
import { requestChange } from './request-change'
import { changePolicyInput, changePolicyOutput, policyHostInput, policyViewSchema } from './schema'
import { getPolicy } from './view'

export const kernelPolicyRouter = router({
  host: protectedProcedure
    .input(policyHostInput)
    .output(policyViewSchema)
    .query(({ ctx, input }) => getPolicy(ctx, input.hostId)),
  change: protectedProcedure
    .input(changePolicyInput)
    .output(changePolicyOutput)
    .mutation(({ ctx, input }) => requestChange(ctx, input)),
})
