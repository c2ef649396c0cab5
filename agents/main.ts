import { exit, ignoreBrokenPipes, programArguments, quickjsHost } from './quickjs/host'
import { run } from './run'

ignoreBrokenPipes()
run(quickjsHost(), programArguments()).then(exit, () => exit(1))
