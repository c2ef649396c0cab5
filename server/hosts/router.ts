import { protectedProcedure, router } from '@/server/trpc/procedures'
import {
  addHostsInput,
  addHostsOutput,
  adoptHostInput,
  fleetSummaryOutput,
  hostIdInput,
  hostRequestOutput,
  hostVerbOutput,
  labelHostsInput,
  labelHostsOutput,
  listHostsInput,
  listHostsOutput,
  reviewKeyInput,
  tieringComparisonOutput,
  updateHostInput,
} from './schema'
import { hostDetailSchema } from './schemas/detail'
import * as hosts from './service'

export const hostsRouter = router({
  list: protectedProcedure
    .input(listHostsInput)
    .output(listHostsOutput)
    .query(({ ctx, input }) => hosts.listHosts(ctx, input)),
  summary: protectedProcedure.output(fleetSummaryOutput).query(({ ctx }) => hosts.summarizeFleet(ctx.pg)),
  tiering: protectedProcedure
    .output(tieringComparisonOutput)
    .query(({ ctx }) => hosts.compareTiering(ctx.pg)),
  get: protectedProcedure
    .input(hostIdInput)
    .output(hostDetailSchema)
    .query(({ ctx, input }) => hosts.getHost(ctx, input.hostId)),
  add: protectedProcedure
    .input(addHostsInput)
    .output(addHostsOutput)
    .mutation(({ ctx, input }) => hosts.addHosts(ctx, input)),
  probe: protectedProcedure
    .input(hostIdInput)
    .output(hostVerbOutput)
    .mutation(({ ctx, input }) => hosts.probeHost(ctx, input.hostId)),
  liftQuarantine: protectedProcedure
    .input(hostIdInput)
    .output(hostRequestOutput)
    .mutation(({ ctx, input }) => hosts.liftQuarantine(ctx, input.hostId)),
  adopt: protectedProcedure
    .input(adoptHostInput)
    .output(hostRequestOutput)
    .mutation(({ ctx, input }) => hosts.adoptHost(ctx, input)),
  reviewKey: protectedProcedure
    .input(reviewKeyInput)
    .output(hostVerbOutput)
    .mutation(({ ctx, input }) => hosts.reviewKey(ctx, input)),
  update: protectedProcedure
    .input(updateHostInput)
    .output(hostVerbOutput)
    .mutation(({ ctx, input }) => hosts.updateHost(ctx, input)),
  label: protectedProcedure
    .input(labelHostsInput)
    .output(labelHostsOutput)
    .mutation(({ ctx, input }) => hosts.labelHosts(ctx, input)),
  remove: protectedProcedure
    .input(hostIdInput)
    .output(hostVerbOutput)
    .mutation(({ ctx, input }) => hosts.removeHost(ctx, input.hostId)),
})
