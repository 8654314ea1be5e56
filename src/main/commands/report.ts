import { reportHtml, reportMade } from '@shared/reportHtml'
import { UserError } from '@shared/userError'
import { join } from 'node:path'
import { defineCommand } from '../commandLine/command'
import { json } from '../commandLine/commonOptions'
import { output, text } from '../commandLine/option'
import { dataDir } from '../engine/paths'
import { openReportFolder } from '../hosts/services/reportFolder'

export const reportCommand = defineCommand({
  name: 'report',
  description:
    'Writes the report that the window keeps as one HTML file with its figures and data, which can be read offline.',
  options: {
    out: output('FILE', 'write to a file instead of standard output'),
    title: text('TEXT', 'title of the report'),
    json
  },
  notes: '_Add to report_ in the export of any figure puts it there.',
  examples: ['layerscope report --title "Heads of MiniLM" --out report.html'],
  async run({ values, report }) {
    const cells = await openReportFolder(join(dataDir(), 'report')).load()
    if (cells.length === 0)
      throw new UserError('The report is empty. Add figures to it in the window: Export, then “Add to report”.')
    const words = { title: values.title ?? 'Report', madeAt: reportMade(cells, new Date()) }
    const html = reportHtml(cells, words)
    if (values.out !== undefined) report.write(values.out, html)
    report.result(values.json, { ...words, cells }, () => (values.out === undefined ? html : ''))
    return 0
  }
})
