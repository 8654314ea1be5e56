import * as v from 'valibot'

const most = 200

/** A machine as ssh names it: `gpu1`, `me@login.cluster.example.org`. No option of ssh can be put in its place. */
const machine = v.pipe(
  v.string(),
  v.maxLength(most),
  v.regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@%-]*$/, 'Write it as after `ssh`, for example gpu1 or me@login.example.org')
)

/** Options of srun, of which each is one word: `--gpus=1 --time=4:00:00`. Empty for none, null without Slurm. */
const slurm = v.pipe(
  v.string(),
  v.maxLength(most),
  v.regex(
    /^(-{1,2}[A-Za-z][A-Za-z-]*(=[A-Za-z0-9_.:,/@%+-]+)?( |$))*$/,
    'Write options of srun with their values after `=`, for example --gpus=1 --time=4:00:00'
  )
)

/** The command over there: a name or a path. */
const program = v.pipe(
  v.string(),
  v.maxLength(most),
  v.regex(/^[A-Za-z0-9_~/][A-Za-z0-9_./~+-]*$/, 'Write a name or a path without spaces, for example ~/bin/layerscope')
)

/** Where the engine of a desktop window runs, if that is another machine. */
export const enginePlace = v.strictObject({ machine, slurm: v.nullable(slurm), program })
export type EnginePlace = v.InferOutput<typeof enginePlace>

/** What starts an engine there. Nothing of it is more than a word to the shell. */
export function commandOf({ machine: name, slurm: options, program: layerscope }: EnginePlace): string {
  const job = options === null ? [] : ['srun', ...options.split(' ').filter(Boolean)]
  return ['ssh', name, ...job, layerscope, 'engine', '--stdio'].join(' ')
}
