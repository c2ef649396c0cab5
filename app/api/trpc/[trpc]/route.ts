import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { guard } from '@/server/edge/guard'
import { requestIdHeader } from '@/server/edge/request-id'
import { faultText, webLog } from '@/server/lib/web-log'
import { incidentOf } from '@/server/trpc/errors'
import { createRequestContext } from '@/server/trpc/request-context'
import { appRouter } from '@/server/trpc/root'

export const dynamic = 'force-dynamic'

async function handle(request: Request): Promise<Response> {
  return (
    guard(request) ??
    fetchRequestHandler({
      endpoint: '/api/trpc',
      req: request,
      router: appRouter,
      // Our pages send one question a request; a hundred in one would be a hundred for the price of one.
      allowBatching: false,
      // A question may be longer than an address; a change still cannot be made by GET.
      allowMethodOverride: true,
      createContext: ({ req, resHeaders }) => createRequestContext(req, resHeaders),
      onError: ({ error, path }) => {
        if (error.code === 'INTERNAL_SERVER_ERROR')
          webLog('error', `incident ${incidentOf(error)} in ${path ?? 'the request'}`, {
            requestId: request.headers.get(requestIdHeader),
            why: faultText(error.cause ?? error),
          })
      },
    })
  )
}

export { handle as GET, handle as POST }
