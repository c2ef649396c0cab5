import { protectedProcedure, router } from '@/server/trpc/procedures'
import {
  capacityMapInput,
  capacityMapOutput,
  fleetCapacityInput,
  fleetCapacityOutput,
  hostCapacityInput,
  hostCapacityOutput,
} from './schema'
import * as capacity from './service'

export const capacityRouter = router({
  host: protectedProcedure
    .input(hostCapacityInput)
    .output(hostCapacityOutput)
    .query(({ ctx, input }) => capacity.hostCapacity(ctx, input)),
  fleet: protectedProcedure
    .input(fleetCapacityInput)
    .output(fleetCapacityOutput)
    .query(({ ctx, input }) => capacity.fleetCapacity(ctx, input)),
  map: protectedProcedure
    .input(capacityMapInput)
    .output(capacityMapOutput)
    .query(({ ctx, input }) => capacity.capacityMap(ctx, input)),
})
