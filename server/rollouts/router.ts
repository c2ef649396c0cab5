import { protectedProcedure, router } from '@/server/trpc/procedures'
import { approveRollout } from './approve-rollout'
import { controlRollout } from './control-rollout'
import { createRollout, previewTargets } from './create-rollout'
import {
  approveRolloutInput,
  createRolloutInput,
  createRolloutOutput,
  listItemsInput,
  listItemsOutput,
  listRolloutsInput,
  listRolloutsOutput,
  previewInput,
  previewOutput,
  rolloutDetailSchema,
  rolloutIdInput,
  rolloutVerbOutput,
  skipInput,
} from './schema'
import { getRollout, listItems, listRollouts } from './views'

const verb = (type: 'pause' | 'resume' | 'stop' | 'abort' | 'retryFailed') =>
  protectedProcedure
    .input(rolloutIdInput)
    .output(rolloutVerbOutput)
    .mutation(({ ctx, input }) => controlRollout(ctx, input.rolloutId, { type }))

export const rolloutsRouter = router({
  preview: protectedProcedure
    .input(previewInput)
    .output(previewOutput)
    .query(({ ctx, input }) => previewTargets(ctx, input.selector)),
  create: protectedProcedure
    .input(createRolloutInput)
    .output(createRolloutOutput)
    .mutation(({ ctx, input }) => createRollout(ctx, input)),
  list: protectedProcedure
    .input(listRolloutsInput)
    .output(listRolloutsOutput)
    .query(({ ctx, input }) => listRollouts(ctx, input.limit)),
  get: protectedProcedure
    .input(rolloutIdInput)
    .output(rolloutDetailSchema)
    .query(({ ctx, input }) => getRollout(ctx, input.rolloutId)),
  items: protectedProcedure
    .input(listItemsInput)
    .output(listItemsOutput)
    .query(({ ctx, input }) => listItems(ctx, input)),
  approve: protectedProcedure
    .input(approveRolloutInput)
    .output(rolloutVerbOutput)
    .mutation(({ ctx, input }) => approveRollout(ctx, input)),
  pause: verb('pause'),
  resume: verb('resume'),
  stop: verb('stop'),
  /** Before the approval: the rollout is discarded. */
  abort: verb('abort'),
  retryFailed: verb('retryFailed'),
  skip: protectedProcedure
    .input(skipInput)
    .output(rolloutVerbOutput)
    .mutation(({ ctx, input }) =>
      controlRollout(ctx, input.rolloutId, { type: 'skip', hostIds: input.hostIds }),
    ),
})
