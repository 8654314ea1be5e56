import type { Command, CommandEntry } from '../commandLine/command'

/** Every command, one line each, in the order of the help. A command's file is imported when it is used. */
export const commands: readonly CommandEntry[] = [
  command(
    'serve',
    'open the app in a browser, or serve it through an SSH tunnel',
    async () => (await import('../hosts/http/serveCommand')).serveCommand
  ),
  command(
    'info',
    'describe a checkpoint and the backend that would run it',
    async () => (await import('./info')).infoCommand
  ),
  command(
    'fetch',
    'download a model from the hub, or list what it would',
    async () => (await import('./fetch')).fetchCommand
  ),
  command(
    'extract',
    'write the word vectors of a text to a file',
    async () => (await import('./extract')).extractCommand
  ),
  command('probe', 'train and test a probe on every layer', async () => (await import('./probe')).probeCommand),
  command(
    'results',
    'list kept results; export tables, methods paragraphs and BibTeX',
    async () => (await import('./results')).resultsCommand
  ),
  command(
    'report',
    'write the report of the window as one HTML file',
    async () => (await import('./report')).reportCommand
  ),
  command(
    'rerun',
    'run a kept result again and compare it bit for bit',
    async () => (await import('./rerun')).rerunCommand
  ),
  command(
    'sweep',
    'run many probes from a file; resumes after a stop',
    async () => (await import('./sweep')).sweepCommand
  ),
  command('run', 'show, continue and collect a sweep on many machines', async () => (await import('./run')).runCommand),
  command('work', 'do one task of a run: what its jobs execute', async () => (await import('./work')).workCommand),
  command(
    'engine',
    'the engine for a window on another machine, started by ssh',
    async () => (await import('../hosts/remote/engineCommand')).engineCommand
  ),
  command(
    'curve',
    'probe by training size, hidden size, rank, random start or language',
    async () => (await import('./curve')).curveCommand
  ),
  command(
    'minimal-pairs',
    'ask a language model which sentence of a pair is acceptable',
    async () => (await import('./minimalPairs')).minimalPairsCommand
  ),
  command(
    'compare',
    'probe several models on the same data and compare their layers',
    async () => (await import('./compare')).compareCommand
  ),
  command(
    'geometry',
    'show how contextual the words of every layer are, and in how many dimensions',
    async () => (await import('./geometry')).geometryCommand
  ),
  command(
    'align',
    'align the vectors of two languages and look for translations',
    async () => (await import('./align')).alignCommand
  ),
  command(
    'ablate',
    'switch off parts of a model and see what breaks',
    async () => (await import('./ablate')).ablateCommand
  ),
  command('patch', 'patch values of one sentence into another', async () => (await import('./patch')).patchCommand),
  command(
    'attribute',
    'show what each token contributes to a prediction',
    async () => (await import('./attribute')).attributeCommand
  ),
  command('lens', 'show what the head predicts at every layer', async () => (await import('./lens')).lensCommand),
  command(
    'inside',
    'show gates, states and routers over a sentence',
    async () => (await import('./inside')).insideCommand
  ),
  command('direct', 'show what heads and MLPs add to a logit', async () => (await import('./direct')).directCommand),
  command('heads', 'show what every attention head looks at', async () => (await import('./heads')).headsCommand),
  command(
    'experts',
    'show which experts the words of each label go through',
    async () => (await import('./experts')).expertsCommand
  ),
  command('neurons', 'rank neurons by a probe and remove them', async () => (await import('./neurons')).neuronsCommand),
  command(
    'parity',
    'compare a checkpoint with values that PyTorch computed',
    async () => (await import('./parity')).parityCommand
  ),
  command(
    'finetune',
    'train as recipes say and compare every step with PyTorch',
    async () => (await import('./finetune')).finetuneCommand
  ),
  command(
    'pretrain',
    'train a small model from random weights on your text',
    async () => (await import('./pretrain')).pretrainCommand
  ),
  command(
    'tokenize',
    'show how a text is cut into tokens, or compare with Python',
    async () => (await import('./tokenize')).tokenizeCommand
  ),
  command(
    'doctor',
    'say what a bug report needs: versions, machine, folders, backend, errors',
    async () => (await import('./doctor')).doctorCommand
  )
]

function command(name: string, summary: string, load: () => Promise<Command>): CommandEntry {
  return { name, summary, load }
}
