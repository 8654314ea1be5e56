import { reportCell, type ReportCell } from '@shared/report'
import { UserError } from '@shared/userError'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { atomicWrite } from '../../engine/files/atomicWrite'
import { notWritten } from '../../engine/files/notWritten'
import { errorFields, log } from '../../engine/log/log'

/** The report that figures are added to: a folder with a file for each of them. */
export interface ReportFolder {
  /** In their order; files that cannot be read are left out, and stay. */
  load(): Promise<ReportCell[]>
  /** Adds a figure, or replaces it. */
  save(cell: ReportCell): Promise<void>
  remove(id: string): Promise<void>
}

export function openReportFolder(folder: string): ReportFolder {
  const pathOf = (id: string): string => join(folder, `${id}.json`)
  return {
    async load() {
      const names = await readdir(folder).catch(() => [])
      const cells = await Promise.all(
        names
          .filter((file) => file.endsWith('.json'))
          .map(async (file) => {
            try {
              return [v.parse(reportCell, JSON.parse(await readFile(join(folder, file), 'utf8')))]
            } catch (error) {
              log.warn('report.unreadable', { file, ...errorFields(error) })
              return []
            }
          })
      )
      return cells.flat().sort((a, b) => a.place - b.place || a.addedAt - b.addedAt)
    },
    async save(cell) {
      try {
        await mkdir(folder, { recursive: true })
        atomicWrite(pathOf(cell.id), JSON.stringify(cell), { mode: 0o600 })
      } catch (error) {
        const reason = notWritten(error)
        if (reason === null) throw error
        throw new UserError(`The figure could not be kept in ${folder}: ${reason}.`, { cause: error })
      }
    },
    remove: (id) => rm(pathOf(id), { force: true })
  }
}
