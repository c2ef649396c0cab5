import { protectedProcedure, router } from '@/server/trpc/procedures'
import { pendingKeysInput, pendingKeysOutput, trustMatchingInput, trustMatchingOutput } from './schema'
import * as hostKeys from './service'

export const hostKeysRouter = router({
  // Changes nothing, but a known_hosts file is too long for the address of a GET.
  pending: protectedProcedure
    .input(pendingKeysInput)
    .output(pendingKeysOutput)
    .mutation(({ ctx, input }) => hostKeys.pendingKeys(ctx, input)),
  trustMatching: protectedProcedure
    .input(trustMatchingInput)
    .output(trustMatchingOutput)
    .mutation(({ ctx, input }) => hostKeys.trustMatching(ctx, input)),
})
