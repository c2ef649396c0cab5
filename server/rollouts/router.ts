import { protectedProcedure, router } from '@/server/trpc/procedures'
import { approveRollout } from './plan/approve-rollout'
import { createRollout } from './plan/create-rollout'
import {
  approveRolloutInput,
  createRolloutInput,
  createRolloutOutput,
  listItemsInput,
  listItemsOutput,
  listRolloutsInput,
  listRolloutsOutput,
  retryFailedInput,
  rolloutDetailSchema,
  rolloutIdInput,
  rolloutVerbOutput,
  skipInput,
} from './schema'
import { fromHostQuery } from './targets/from-host-query'
import { previewTargets } from './targets/preview'
import {
  fromHostQueryInput,
  fromHostQueryOutput,
  previewInput,
  previewOutput,
} from './targets/preview-schema'
import { controlRollout } from './turn/control-rollout'
import { listHostIds, listRows, readHostRun } from './views/matrix'
import { listLeftOut, listPlanItems } from './views/plan-items'
import {
  leftOutInput,
  leftOutOutput,
  planItemsInput,
  planItemsOutput,
  rolloutPlanSchema,
} from './views/plan-schema'
import { getRolloutPlan } from './views/plan-view'
import { readProgress } from './views/progress'
import {
  hostRunInput,
  hostRunSchema,
  listHostIdsInput,
  listHostIdsOutput,
  listRowsInput,
  listRowsOutput,
  progressSchema,
} from './views/progress-schema'
import { getRollout, listItems, listRollouts } from './views/rollouts'

const verb = (type: 'pause' | 'resume' | 'stop' | 'abort') =>
  protectedProcedure
    .input(rolloutIdInput)
    .output(rolloutVerbOutput)
    .mutation(({ ctx, input }) => controlRollout(ctx, input.rolloutId, { type }))

export const rolloutsRouter = router({
  preview: protectedProcedure
    .input(previewInput)
    .output(previewOutput)
    .query(({ ctx, input }) => previewTargets(ctx, input)),
  fromHostQuery: protectedProcedure
    .input(fromHostQueryInput)
    .output(fromHostQueryOutput)
    .query(({ input }) => fromHostQuery(input.query)),
  create: protectedProcedure
    .input(createRolloutInput)
    .output(createRolloutOutput)
    .mutation(({ ctx, input }) => createRollout(ctx, input)),
  list: protectedProcedure
    .input(listRolloutsInput)
    .output(listRolloutsOutput)
    .query(({ ctx, input }) => listRollouts(ctx, input)),
  get: protectedProcedure
    .input(rolloutIdInput)
    .output(rolloutDetailSchema)
    .query(({ ctx, input }) => getRollout(ctx, input.rolloutId)),
  items: protectedProcedure
    .input(listItemsInput)
    .output(listItemsOutput)
    .query(({ ctx, input }) => listItems(ctx, input)),
  plan: protectedProcedure
    .input(rolloutIdInput)
    .output(rolloutPlanSchema)
    .query(({ ctx, input }) => getRolloutPlan(ctx, input.rolloutId)),
  planItems: protectedProcedure
    .input(planItemsInput)
    .output(planItemsOutput)
    .query(({ ctx, input }) => listPlanItems(ctx, input)),
  leftOut: protectedProcedure
    .input(leftOutInput)
    .output(leftOutOutput)
    .query(({ ctx, input }) => listLeftOut(ctx, input)),
  /** What of a rollout changes while it runs; light enough to be asked for whenever something happens. */
  progress: protectedProcedure
    .input(rolloutIdInput)
    .output(progressSchema)
    .query(({ ctx, input }) => readProgress(ctx, input.rolloutId)),
  rows: protectedProcedure
    .input(listRowsInput)
    .output(listRowsOutput)
    .query(({ ctx, input }) => listRows(ctx, input)),
  hostIds: protectedProcedure
    .input(listHostIdsInput)
    .output(listHostIdsOutput)
    .query(({ ctx, input }) => listHostIds(ctx, input)),
  hostRun: protectedProcedure
    .input(hostRunInput)
    .output(hostRunSchema)
    .query(({ ctx, input }) => readHostRun(ctx, input)),
  approve: protectedProcedure
    .input(approveRolloutInput)
    .output(rolloutVerbOutput)
    .mutation(({ ctx, input }) => approveRollout(ctx, input)),
  pause: verb('pause'),
  resume: verb('resume'),
  stop: verb('stop'),
  /** Before the approval: the rollout is discarded. */
  abort: verb('abort'),
  retryFailed: protectedProcedure
    .input(retryFailedInput)
    .output(rolloutVerbOutput)
    .mutation(({ ctx, input }) =>
      controlRollout(ctx, input.rolloutId, { type: 'retryFailed', hostIds: input.hostIds }),
    ),
  skip: protectedProcedure
    .input(skipInput)
    .output(rolloutVerbOutput)
    .mutation(({ ctx, input }) =>
      controlRollout(ctx, input.rolloutId, { type: 'skip', hostIds: input.hostIds }),
    ),
})
