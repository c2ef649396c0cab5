import { tracked } from '@trpc/server'
import { z } from 'zod'
import { protectedProcedure, router } from '@/server/trpc/procedures'
import { ACCESS } from './schema'
import { streamEvents } from './stream'

/** tRPC puts the id a browser heard last into the input when it connects again. */
const streamInput = z.object({ lastEventId: z.string().max(20).nullish() }).optional()

export const eventsRouter = router({
  stream: protectedProcedure.input(streamInput).subscription(async function* ({ ctx, input, signal }) {
    const ends = signal ?? new AbortController().signal
    for await (const event of streamEvents(ctx, input?.lastEventId ?? undefined, ends)) {
      // A session that was ended hears nothing after this.
      if (event.subjectId === ACCESS && ctx.isStillSignedIn && !(await ctx.isStillSignedIn())) return
      yield tracked(event.id, event)
    }
  }),
})
