'use strict'
// Apart from entry.cjs because an old Node cannot even read the word import() below.
import('tsx/esm/api')
  .then(({ register }) => {
    const unregister = register()
    // What is built is plain JavaScript: translating megabytes of it again would cost a second of every start.
    return import('./main.ts').then(unregister)
  })
  .catch((error) => {
    console.error(error)
    process.exit(1)
  })
