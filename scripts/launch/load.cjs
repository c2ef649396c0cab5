'use strict'
// Apart from entry.cjs because an old Node cannot even read the word import() below.
import('tsx/esm/api')
  .then(({ register }) => {
    register()
    return import('./main.ts')
  })
  .catch((error) => {
    console.error(error)
    process.exit(1)
  })
