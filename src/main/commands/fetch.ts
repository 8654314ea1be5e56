import type { HubLookup } from '@shared/hub'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { cancelOnInterrupt } from '../commandLine/ending'
import { flag, output } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { readableBytes } from '../engine/files/notWritten'
import { JobService } from '../engine/jobs/jobService'
import { HubService } from '../engine/services/hubService'
import { jobPrinter } from '../hosts/terminalProgress'

export const fetchCommand = defineCommand({
  name: 'fetch',
  description: "Downloads a model or a data set from the hub into the cache that Hugging Face's tools share.",
  usage: ['NAME[@REVISION] [--list] [--json OUT]', 'datasets/NAME[@REVISION][:FOLDER] [--list] [--json OUT]'],
  arguments: [
    {
      name: 'NAME[@REVISION]',
      description:
        'name or org/name, of a data set datasets/org/name, or the address of its page; a branch, a tag or a commit ' +
        'of it (default main); of a data set that is several, the folder of one',
      missing: 'Name a model or a data set: layerscope fetch NAME.'
    }
  ],
  options: {
    list: flag('list the files and what would be downloaded, without downloading'),
    json: output('OUT', 'write the listing and the folder; OUT - writes it to standard output instead')
  },
  notes: `Downloads only what opening the model needs: configuration, tokenizer, one set of weights and the card;
of a data set, the files that can be read (Parquet before others), or the hub's conversion to Parquet where there
are none. An interrupted download is resumed. The folder is printed at the end. Once a model or a data set is
downloaded, every command also takes its name, without using the network.

HF_ENDPOINT sets the hub, HF_TOKEN gives access to gated and private models, HF_HOME and HF_HUB_CACHE move the
cache, HF_HUB_OFFLINE=1 disables the network; HTTPS_PROXY, HTTP_PROXY and NO_PROXY are respected.`,
  examples: [
    'layerscope fetch bert-base-uncased',
    'layerscope fetch org/name@v1.0 --list',
    'layerscope info bert-base-uncased',
    'layerscope fetch datasets/org/name:en --list'
  ],
  resume: 'Downloaded files are kept; run the same command again to resume.',
  async run({ values, arguments: [given], report }) {
    const { reference } = parseRequest('hub.lookup', { reference: given! })
    const jobs = new JobService(jobPrinter())
    const hub = new HubService()
    const release = cancelOnInterrupt(jobs)
    try {
      const lookup = await jobs.run('hub', `Looking up ${reference}`, undefined, (job) => hub.lookUp(reference, job))
      // Standard output is the folder only, for scripts.
      if (!values.list) process.stderr.write(tableOf(lookup))
      for (const note of lookup.notes) report.note(note)
      if (values.list) report.result(values.json, lookup, () => tableOf(lookup))
      if (lookup.refusal !== null) throw new UserError(lookup.refusal)
      if (values.list) return 0
      const folder = lookup.folder ?? (await download(jobs, hub, lookup))
      report.result(values.json, { ...lookup, folder }, () => `${folder}\n`)
      return 0
    } finally {
      release()
    }
  }
})

async function download(jobs: JobService, hub: HubService, lookup: HubLookup): Promise<string> {
  const { repo, revision, commit, part } = lookup
  const request = parseRequest('hub.download', { repo, revision, commit, ...(part !== undefined && { part }) })
  const { folder } = await jobs.run('hub', `Downloading ${repo}`, undefined, (job) => hub.download(request, job))
  return folder
}

function tableOf(found: HubLookup): string {
  const needed = found.files.filter(({ use }) => use !== null)
  const others = found.files.filter(({ use }) => use === null)
  const width = Math.max(...needed.map(({ path }) => path.length), 20)
  const part = found.part === undefined ? '' : `:${found.part}`
  const lines = [
    `${found.repo}@${found.revision}${part}, commit ${found.commit}, at ${found.host}`,
    [found.model, `licence ${found.licence ?? 'not stated'}`, found.gated ? 'gated' : null].filter(Boolean).join('; '),
    ...needed.map(({ path, bytes, use, cachedBytes }) => {
      const state = cachedBytes === bytes ? 'here' : cachedBytes > 0 ? `${readableBytes(cachedBytes)} here` : ''
      return `  ${path.padEnd(width)} ${readableBytes(bytes).padStart(9)}  ${(use ?? '').padEnd(9)} ${state}`.trimEnd()
    }),
    `needed ${readableBytes(found.neededBytes)}, to download ${readableBytes(found.missingBytes)}`
  ]
  if (others.length > 0)
    lines.push(
      `not needed: ${others.length} file${others.length === 1 ? '' : 's'} of ` +
        `${readableBytes(others.reduce((sum, { bytes }) => sum + bytes, 0))}`
    )
  return `${lines.join('\n')}\n`
}
