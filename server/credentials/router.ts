import { hostVerbOutput } from '@/server/hosts/schema'
import { protectedProcedure, router } from '@/server/trpc/procedures'
import {
  addAgentInput,
  addCredentialInput,
  addCredentialOutput,
  listCredentialsOutput,
  removeCredentialInput,
  testCredentialInput,
  testCredentialOutput,
} from './schema'
import * as credentials from './service'
import { testCredential } from './test-credential'

export const credentialsRouter = router({
  list: protectedProcedure.output(listCredentialsOutput).query(({ ctx }) => credentials.listCredentials(ctx)),
  add: protectedProcedure
    .input(addCredentialInput)
    .output(addCredentialOutput)
    .mutation(({ ctx, input }) => credentials.addCredential(ctx, input)),
  addAgent: protectedProcedure
    .input(addAgentInput)
    .output(addCredentialOutput)
    .mutation(({ ctx, input }) => credentials.addAgent(ctx, input)),
  test: protectedProcedure
    .input(testCredentialInput)
    .output(testCredentialOutput)
    .mutation(({ ctx, input }) => testCredential(ctx, input)),
  remove: protectedProcedure
    .input(removeCredentialInput)
    .output(hostVerbOutput)
    .mutation(({ ctx, input }) => credentials.removeCredential(ctx, input)),
})
