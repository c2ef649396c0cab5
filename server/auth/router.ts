import { config } from '@/server/lib/config'
import { protectedProcedure, publicProcedure, router } from '@/server/trpc/procedures'
import { refusedTo } from './authorise'
import {
  changeOwnPassword,
  endOtherSessions,
  endOwnSession,
  hasPassword,
  listOwnSessions,
} from './own-sessions'
import {
  changePasswordInput,
  completeSetupInput,
  completeSetupOutput,
  endSessionInput,
  listSessionsOutput,
  meOutput,
  sessionVerbOutput,
  setupStatusOutput,
} from './schema'
import { completeSetup, needsSetup } from './setup-link'

export const sessionRouter = router({
  me: protectedProcedure.output(meOutput).query(async ({ ctx }) => ({
    ...ctx.user,
    hasPassword: await hasPassword(ctx),
    refused: refusedTo(ctx.user),
  })),
  list: protectedProcedure.output(listSessionsOutput).query(({ ctx }) => listOwnSessions(ctx)),
  end: protectedProcedure
    .input(endSessionInput)
    .output(sessionVerbOutput)
    .mutation(({ ctx, input }) => endOwnSession(ctx, input)),
  endOthers: protectedProcedure.output(sessionVerbOutput).mutation(({ ctx }) => endOtherSessions(ctx)),
  changePassword: protectedProcedure
    .input(changePasswordInput)
    .output(sessionVerbOutput)
    .mutation(({ ctx, input }) => changeOwnPassword(ctx, input)),
})

/** Public, because they are there before anybody can be signed in. */
export const setupRouter = router({
  status: publicProcedure.output(setupStatusOutput).query(async ({ ctx }) => ({
    needsSetup: await needsSetup(ctx),
    identityProvider: config().oidc?.name ?? null,
  })),
  complete: publicProcedure
    .input(completeSetupInput)
    .output(completeSetupOutput)
    .mutation(({ ctx, input }) => completeSetup(ctx, input)),
})
