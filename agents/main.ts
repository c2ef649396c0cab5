import { exit, ignoreBrokenPipes, quickjsHost } from './quickjs/host'
import { run } from './run'

ignoreBrokenPipes()
run(quickjsHost()).then(exit, () => exit(1))
