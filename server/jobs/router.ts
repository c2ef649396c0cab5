import { protectedProcedure, router } from '@/server/trpc/procedures'
import { cancelJob } from './cancel-job'
import {
  cancelJobOutput,
  jobDetailSchema,
  jobIdInput,
  jobVerbOutput,
  listJobsInput,
  listJobsOutput,
  startJobInput,
  startJobOutput,
} from './schema'
import { markLost, requestRecovery } from './settle-job'
import { startJob } from './start-job'
import { getJob, listJobs } from './views'

export const jobsRouter = router({
  start: protectedProcedure
    .input(startJobInput)
    .output(startJobOutput)
    .mutation(({ ctx, input }) => startJob(ctx, input)),
  cancel: protectedProcedure
    .input(jobIdInput)
    .output(cancelJobOutput)
    .mutation(({ ctx, input }) => cancelJob(ctx, input.jobId)),
  recover: protectedProcedure
    .input(jobIdInput)
    .output(jobVerbOutput)
    .mutation(({ ctx, input }) => requestRecovery(ctx, input.jobId)),
  markLost: protectedProcedure
    .input(jobIdInput)
    .output(jobVerbOutput)
    .mutation(({ ctx, input }) => markLost(ctx, input.jobId)),
  get: protectedProcedure
    .input(jobIdInput)
    .output(jobDetailSchema)
    .query(({ ctx, input }) => getJob(ctx, input.jobId)),
  list: protectedProcedure
    .input(listJobsInput)
    .output(listJobsOutput)
    .query(({ ctx, input }) => listJobs(ctx, input)),
})
