import { protectedProcedure, router } from '@/server/trpc/procedures'
import { healthPolicyViewSchema, setHealthPolicyInput } from './schema'
import { getHealthPolicy, setHealthPolicy } from './service'

export const healthPolicyRouter = router({
  get: protectedProcedure.output(healthPolicyViewSchema).query(({ ctx }) => getHealthPolicy(ctx)),
  set: protectedProcedure
    .input(setHealthPolicyInput)
    .output(healthPolicyViewSchema)
    .mutation(({ ctx, input }) => setHealthPolicy(ctx, input)),
})
