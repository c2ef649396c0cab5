import { protectedProcedure, router } from '@/server/trpc/procedures'
import { fleetStopReasonInput, fleetStopSchema } from './schema'
import * as fleet from './service'

export const fleetRouter = router({
  stop: protectedProcedure.output(fleetStopSchema).query(({ ctx }) => fleet.fleetStop(ctx)),
  // Two procedures, because they are not the same people's: whoever sees smoke pulls, an admin says it is safe again.
  pullStop: protectedProcedure
    .input(fleetStopReasonInput)
    .output(fleetStopSchema)
    .mutation(({ ctx, input }) => fleet.setFleetStop(ctx, { pulled: true, ...input })),
  releaseStop: protectedProcedure
    .input(fleetStopReasonInput)
    .output(fleetStopSchema)
    .mutation(({ ctx, input }) => fleet.setFleetStop(ctx, { pulled: false, ...input })),
})
