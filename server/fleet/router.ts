import { protectedProcedure, router } from '@/server/trpc/procedures'
import { fleetStopSchema, setFleetStopInput } from './schema'
import * as fleet from './service'

export const fleetRouter = router({
  stop: protectedProcedure.output(fleetStopSchema).query(({ ctx }) => fleet.fleetStop(ctx)),
  setStop: protectedProcedure
    .input(setFleetStopInput)
    .output(fleetStopSchema)
    .mutation(({ ctx, input }) => fleet.setFleetStop(ctx, input)),
})
