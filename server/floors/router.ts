import { protectedProcedure, router } from '@/server/trpc/procedures'
import { floorsSchema, hostFloorInput, hostFloorSchema, setFloorsInput, setHostFloorInput } from './schema'
import { getFloors, getHostFloor, setFloors, setHostFloor } from './service'

export const floorsRouter = router({
  get: protectedProcedure.output(floorsSchema).query(({ ctx }) => getFloors(ctx)),
  set: protectedProcedure
    .input(setFloorsInput)
    .output(floorsSchema)
    .mutation(({ ctx, input }) => setFloors(ctx, input)),
  host: protectedProcedure
    .input(hostFloorInput)
    .output(hostFloorSchema)
    .query(({ ctx, input }) => getHostFloor(ctx, input.hostId)),
  setHost: protectedProcedure
    .input(setHostFloorInput)
    .output(hostFloorSchema)
    .mutation(({ ctx, input }) => setHostFloor(ctx, input)),
})
