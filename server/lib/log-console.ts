import { faultText, webLog } from './web-log'

/** From now on console.error and console.warn are lines of the log. */
export function logConsole(): void {
  const said = (args: unknown[]) =>
    args.map((arg) => (typeof arg === 'string' ? arg : faultText(arg))).join(' ')
  console.error = (...args: unknown[]) => webLog('error', said(args))
  console.warn = (...args: unknown[]) => webLog('warn', said(args))
}
