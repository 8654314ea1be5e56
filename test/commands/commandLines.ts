import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { runCommandLine } from '../../src/main/commandLine/main'
import { commands as entries } from '../../src/main/commands'

export const model = 'resources/models/gpt2-ud-tiny'
export const data = 'test/fixtures/datasets/pud/en_pud.conllu'

/** A whole command line, with the options and arguments that read files marked by what they read. */
export const commandLines: Record<string, { typed: string[]; reads: Record<string, 'model' | 'data' | 'other'> }> = {
  info: { typed: ['MODEL'], reads: { MODEL: 'model' } },
  extract: {
    typed: [
      '--model',
      model,
      '--data',
      data,
      '--out',
      join(tmpdir(), 'layerscope-out.safetensors'),
      '--max-words',
      '20'
    ],
    reads: { '--model': 'model', '--data': 'data' }
  },
  probe: {
    typed: ['--model', model, '--train', data, '--test', data, '--task', 'upos', '--layers', '1', '--max-words', '50'],
    reads: { '--model': 'model', '--train': 'data', '--test': 'data' }
  },
  rerun: { typed: ['RESULT'], reads: { RESULT: 'other' } },
  sweep: { typed: ['FILE'], reads: { FILE: 'other' } },
  run: { typed: ['status', 'RUN'], reads: { RUN: 'other' } },
  work: { typed: ['RUN', '0'], reads: { RUN: 'other' } },
  curve: {
    typed: ['--kind', 'restarts', '--model', model, '--train', data, '--test', data, '--task', 'upos'],
    reads: { '--model': 'model', '--train': 'data', '--test': 'data' }
  },
  'minimal-pairs': { typed: ['--model', model, '--data', 'PAIRS'], reads: { '--model': 'model', '--data': 'other' } },
  compare: {
    typed: ['--model', model, '--model', model, '--train', data, '--test', data, '--label', 'upos'],
    reads: { '--model': 'model', '--train': 'data', '--test': 'data' }
  },
  ablate: {
    typed: ['--model', model, '--data', data, '--interventions', 'SET', '--train', data, '--max-words', '20'],
    reads: { '--model': 'model', '--data': 'data', '--interventions': 'other' }
  },
  patch: {
    typed: ['--model', model, '--text', 'a b', '--source', 'c d', '--first', 'the', '--second', 'a'],
    reads: { '--model': 'model' }
  },
  align: {
    typed: ['--model', model, '--data', data, '--with', data],
    reads: { '--model': 'model', '--data': 'data', '--with': 'data' }
  },
  lens: {
    typed: ['--model', model, '--text', 'The dog barks', '--tuned', data, '--max-words', '50', '--steps', '2'],
    reads: { '--model': 'model', '--tuned': 'data' }
  },
  direct: {
    typed: ['--model', model, '--pairs', 'PAIRS'],
    reads: { '--model': 'model', '--pairs': 'other' }
  },
  inside: { typed: ['--model', model, '--text', 'The dog barks'], reads: { '--model': 'model' } },
  attribute: { typed: ['--model', model, '--text', 'The dog barks'], reads: { '--model': 'model' } },
  geometry: { typed: ['--model', model, '--data', data], reads: { '--model': 'model', '--data': 'data' } },
  heads: { typed: ['--model', model, '--data', data], reads: { '--model': 'model', '--data': 'data' } },
  experts: {
    typed: ['--model', model, '--data', data, '--label', 'upos', '--max-words', '50'],
    reads: { '--model': 'model', '--data': 'data' }
  },
  neurons: {
    typed: ['--model', model, '--train', data, '--data', data, '--label', 'upos'],
    reads: { '--model': 'model', '--train': 'data', '--data': 'data' }
  },
  parity: { typed: ['FOLDER'], reads: { FOLDER: 'other' } },
  finetune: { typed: ['--cases', 'FOLDER'], reads: { '--cases': 'other' } },
  pretrain: {
    typed: ['--train', data, '--tokenizer', model, '--family', 'gpt2'],
    reads: { '--train': 'data', '--tokenizer': 'model' }
  },
  tokenize: { typed: ['MODEL', '--text', 'a'], reads: { MODEL: 'model' } }
}

/** Runs a command in this process. */
export async function run(
  name: string,
  typed: readonly string[]
): Promise<{ code: number; said: string; printed: string }> {
  let said = ''
  let printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true))
  const code = await runCommandLine(entries, [name, ...typed], () => '0')
  vi.restoreAllMocks()
  return { code, said, printed }
}
