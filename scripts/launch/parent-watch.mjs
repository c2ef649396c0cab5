/**
 * Preloaded (`--import`) into every child of the supervisor: when the supervisor dies, however it dies, the channel
 * to it closes, and the child ends too: politely, then for certain.
 */
const LINGER_MS = 3000

if (process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), LINGER_MS).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  process.channel.unref()
}
