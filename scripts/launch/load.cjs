'use strict'
// Apart from entry.cjs because an old Node cannot even read the word import() below.
require('tsx/esm/api').register()
import('./main.ts').catch((error) => {
  console.error(error)
  process.exit(1)
})
