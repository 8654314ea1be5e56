import { errorFields, log, startLog } from './log'

/**
 * Begins the log of a process and keeps its start, its end and the error that ends it. How errors end the process is
 * left as it is.
 * @param name `host` or `engine`
 * @param fields what else the line of the start says
 */
export function startProcessLog(name: string, fields: Readonly<Record<string, unknown>>): void {
  startLog(name)
  const { versions, platform, arch } = process
  log.info(`${name}.start`, { ...fields, versions, platform, arch })
  process.on('uncaughtExceptionMonitor', (error, origin) => log.error('uncaught', { origin, ...errorFields(error) }))
  process.once('exit', (code) => log.info(`${name}.stop`, { code }))
}
