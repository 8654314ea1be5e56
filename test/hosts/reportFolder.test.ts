import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReportFolder } from '../../src/main/hosts/services/reportFolder'
import { cell } from '../shared/reportCells'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerscope-report-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('figures come back in their order; one that is taken out is gone, a file that cannot be read is left alone', async () => {
  const report = openReportFolder(join(folder, 'report'))
  expect(await report.load()).toEqual([])
  const [first, second] = [cell({ id: 'figure-one', place: 1 }), cell({ id: 'figure-two', place: 0 })]
  await report.save(first)
  await report.save(second)
  await writeFile(join(folder, 'report', 'broken.json'), '{"id":')
  expect(await report.load()).toEqual([second, first])
  await report.save({ ...first, place: 0, addedAt: 1, note: 'First now' })
  await report.remove(second.id)
  expect((await report.load()).map(({ note }) => note)).toEqual(['First now'])
  expect((await readdir(join(folder, 'report'))).sort()).toEqual(['broken.json', 'figure-one.json'])
})
