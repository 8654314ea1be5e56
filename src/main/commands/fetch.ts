import type { HubLookup } from '@shared/hub'
import { UserError } from '@shared/userError'
import { sizeText } from '../engine/hub/downloadModel'
import { HubService } from '../engine/services/hubService'
import { JobService } from '../engine/jobs/jobService'
import { jobPrinter } from '../hosts/terminalProgress'
import { readArguments, type Command } from './command'

const help = `Downloads a model from the hub into the cache that Hugging Face's tools share.

  layerscope fetch NAME[@REVISION] [--list]

  NAME        name or org/name, or the address of the model's page
  REVISION    a branch, a tag or a commit (default main)
  --list      say what there is and what would be downloaded, and download nothing

Only what opening needs is downloaded: configuration, tokenizer, one set of weights and the card. What was begun goes on where it stopped. The
folder is printed at the end; every command takes the name as well, once it is there, and then asks nobody.

HF_ENDPOINT chooses another hub, HF_TOKEN opens gated and private models, HF_HOME and HF_HUB_CACHE move the cache, HF_HUB_OFFLINE=1 keeps off
the network; HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured.

Examples
  layerscope fetch bert-base-uncased
  layerscope fetch org/name@v1.0 --list
  layerscope info bert-base-uncased
`

export const fetchCommand: Command = {
  name: 'fetch',
  summary: 'download a model from the hub, or list what it would',
  help,
  async run(parameters) {
    const { values, positionals } = readArguments('fetch', parameters, { list: { type: 'boolean' } })
    const reference = positionals[0]
    if (!reference) throw new UserError('Name a model: layerscope fetch NAME.')
    const jobs = new JobService(jobPrinter())
    const hub = new HubService()
    const found = await jobs.run('hub', `Looking up ${reference}`, undefined, (job) => hub.lookUp(reference, job))
    // What a script reads on standard output is the folder alone.
    const table = values.list ? process.stdout : process.stderr
    table.write(tableOf(found))
    for (const note of found.notes) process.stderr.write(`${note}\n`)
    if (found.refusal !== null) throw new UserError(found.refusal)
    if (values.list) return 0
    const { folder } =
      found.folder !== null
        ? { folder: found.folder }
        : await jobs.run('hub', `Downloading ${found.repo}`, undefined, (job) => hub.download(found, job))
    process.stdout.write(`${folder}\n`)
    return 0
  }
}

function tableOf(found: HubLookup): string {
  const needed = found.files.filter(({ use }) => use !== null)
  const others = found.files.filter(({ use }) => use === null)
  const width = Math.max(...needed.map(({ path }) => path.length), 20)
  const lines = [
    `${found.repo}@${found.revision}, commit ${found.commit}, at ${found.host}`,
    [found.model, `licence ${found.licence ?? 'not stated'}`, found.gated ? 'gated' : null].filter(Boolean).join('; '),
    ...needed.map(({ path, bytes, use, cachedBytes }) => {
      const state = cachedBytes === bytes ? 'here' : cachedBytes > 0 ? `${sizeText(cachedBytes)} here` : ''
      return `  ${path.padEnd(width)} ${sizeText(bytes).padStart(9)}  ${(use ?? '').padEnd(9)} ${state}`.trimEnd()
    }),
    `needed ${sizeText(found.neededBytes)}, to download ${sizeText(found.missingBytes)}`
  ]
  if (others.length > 0)
    lines.push(
      `left out: ${others.length} file${others.length === 1 ? '' : 's'} of ${sizeText(others.reduce((sum, { bytes }) => sum + bytes, 0))}`
    )
  return `${lines.join('\n')}\n`
}
