import { protectedProcedure, router } from '@/server/trpc/procedures'
import { requestPlan } from './request-plan'
import { planIdInput, planViewSchema, requestPlanInput, requestPlanOutput } from './schema'
import { getPlan } from './view'

export const plansRouter = router({
  request: protectedProcedure
    .input(requestPlanInput)
    .output(requestPlanOutput)
    .mutation(({ ctx, input }) => requestPlan(ctx, input)),
  get: protectedProcedure
    .input(planIdInput)
    .output(planViewSchema)
    .query(({ ctx, input }) => getPlan(ctx, input.planId)),
})
