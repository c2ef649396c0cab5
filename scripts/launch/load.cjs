'use strict'
// Apart from entry.cjs because an old Node cannot even read the word import() below.
import('tsx/esm/api')
  .then(async ({ register }) => {
    const unregister = register()
    const { launch } = await import('./main.ts')
    launch(unregister)
  })
  .catch((error) => {
    console.error(error)
    process.exit(1)
  })
