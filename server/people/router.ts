import { protectedProcedure, publicProcedure, router } from '@/server/trpc/procedures'
import { disable, enable, resetSecondFactor, setPolicy, setRole } from './change-person'
import { invite, join, newPasswordLink, withdraw } from './invitations'
import { listPeople } from './list-people'
import {
  inviteInput,
  joinInput,
  joinOutput,
  linkOutput,
  listPeopleOutput,
  personInput,
  personVerbOutput,
  setPolicyInput,
  setRoleInput,
  withdrawInput,
} from './schema'

export const peopleRouter = router({
  list: protectedProcedure.output(listPeopleOutput).query(({ ctx }) => listPeople(ctx)),
  invite: protectedProcedure
    .input(inviteInput)
    .output(linkOutput)
    .mutation(({ ctx, input }) => invite(ctx, input)),
  withdraw: protectedProcedure
    .input(withdrawInput)
    .output(personVerbOutput)
    .mutation(({ ctx, input }) => withdraw(ctx, input)),
  setRole: protectedProcedure
    .input(setRoleInput)
    .output(personVerbOutput)
    .mutation(({ ctx, input }) => setRole(ctx, input.userId, input.role)),
  disable: protectedProcedure
    .input(personInput)
    .output(personVerbOutput)
    .mutation(({ ctx, input }) => disable(ctx, input.userId)),
  enable: protectedProcedure
    .input(personInput)
    .output(personVerbOutput)
    .mutation(({ ctx, input }) => enable(ctx, input.userId)),
  newPassword: protectedProcedure
    .input(personInput)
    .output(linkOutput)
    .mutation(({ ctx, input }) => newPasswordLink(ctx, input.userId)),
  resetSecondFactor: protectedProcedure
    .input(personInput)
    .output(personVerbOutput)
    .mutation(({ ctx, input }) => resetSecondFactor(ctx, input.userId)),
  setPolicy: protectedProcedure
    .input(setPolicyInput)
    .output(personVerbOutput)
    .mutation(({ ctx, input }) => setPolicy(ctx, input)),
  /** Public: whoever holds the link has no account yet. */
  join: publicProcedure
    .input(joinInput)
    .output(joinOutput)
    .mutation(({ ctx, input }) => join(ctx, input)),
})
