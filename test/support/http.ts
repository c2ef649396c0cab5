import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A route handler behind a real socket, for what only a real client can show. Node's parser stands before it, as in Next. */
export async function serve(
  handle: (request: Request) => Promise<Response>,
): Promise<{ origin: string; port: number; close: () => Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = 'GET', url = '/', headers } = incoming
      const body =
        method === 'GET' || method === 'HEAD' || chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }
      const sent = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]))
      void handle(new Request(`http://${headers.host}${url}`, { method, headers: sent, ...body })).then(
        async (answer) => {
          outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
          outgoing.end(Buffer.from(await answer.arrayBuffer()))
        },
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
