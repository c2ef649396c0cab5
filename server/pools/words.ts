/** What is so while nobody serves the hosts of a pool, and what brings somebody. */
export function unservedWords(pool: string): { message: string; next: string } {
  if (pool === '')
    return {
      message: 'No worker serves this host: all that run are for hosts with certain labels.',
      next: 'Start one without WORKER_SELECTOR.',
    }
  const word = `'${pool.replaceAll("'", "'\\''")}'`
  return {
    message: `No worker serves this host: those for ${pool} do not run.`,
    next: `Start one with WORKER_SELECTOR=${word}; or, to leave its hosts to the others: npm run forget-pool -- ${word}`,
  }
}
