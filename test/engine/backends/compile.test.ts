import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { expect, test } from 'vitest'
import { compileBinding } from '../../../src/main/engine/backends/provision/compile'
import { buildInputs } from '../../../src/main/engine/backends/provision/install'
import { temporaryFolder } from '../../hosts/fixtures/testHost'

/** A compiler that notes each of its arguments on a line, and makes the file it was asked for. */
const recorder = (notes: string): string => `#!/bin/sh
[ "$1" = --version ] && exit 0
for argument in "$@"; do echo "$argument" >> '${notes}'; done
while [ "$1" != -o ]; do shift; done
touch "$2"
`

test.runIf(process.platform === 'linux')(
  'the compiler is given no path of the app: in a release those are inside an archive',
  async () => {
    const folder = await temporaryFolder()
    const tensorflow = join(folder, 'tensorflow')
    const target = join(folder, 'target')
    const compiler = join(folder, 'compiler')
    const notes = join(folder, 'notes')
    await mkdir(tensorflow)
    await writeFile(compiler, recorder(notes))
    await chmod(compiler, 0o755)
    await compileBinding({
      ...buildInputs(),
      platform: 'linux',
      tensorflow,
      target,
      relativeTensorflow: '../../tensorflow',
      compilers: [compiler]
    })
    const paths = (await readFile(notes, 'utf8'))
      .split('\n')
      .map((argument) => argument.replace(/^-[IL]/, ''))
      .filter((argument) => isAbsolute(argument))
    expect(paths.length).toBeGreaterThan(0)
    expect(paths.filter((path) => !path.startsWith(tensorflow) && !path.startsWith(target))).toEqual([])
    expect(await readFile(join(target, 'source/node/node_api.h'), 'utf8')).toContain('#define SRC_NODE_API_H_')
  }
)
