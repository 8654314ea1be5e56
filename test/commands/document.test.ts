import { expect, test } from 'vitest'
import { overview } from '../../src/main/commandLine/main'
import { commands as entries } from '../../src/main/commands'

// docs/command-line.md is made of the help texts: `npx vitest run test/commands/document.test.ts -u` writes it.

const introduction = `# Command line

Made of the help texts by \`npx vitest run test/commands/document.test.ts -u\`; edit the commands, not this file.

## Rules of every command

- A command reads its options, and refuses in a sentence what it does not know, before any work: unknown and repeated
  options, missing values, stray arguments, numbers out of range, files that cannot be written.
- What is run is a request of the contract (\`src/shared/contract.ts\`), as the window sends it: what runs can be run
  again by \`layerscope rerun\`.
- Standard output holds the result alone. Progress, notes, warnings and errors go to standard error.
- \`--json OUT\` writes the whole result to a file, \`--json -\` to standard output instead of the table. \`notes\` holds what
  readers and models noticed. A list (\`results --json\`) has no notes.
- A finished result is not lost: where its file cannot be written any more, it is written elsewhere, and a sentence says
  where; the exit code is then 1.
- Layers and heads count from 1 in tables, as in the window; layer 0 is the embeddings. Names of hooks
  (\`blocks.0.attn.result\`), files of interventions and JSON count blocks and heads from 0.

## Exit codes

| code | meaning                                                                               |
| ---- | ------------------------------------------------------------------------------------- |
| 0    | done; of a check: everything agrees                                                   |
| 1    | refused or failed, said in a sentence; of a check (parity, rerun, cases): it differs  |
| 130  | stopped by Ctrl-C: jobs are cancelled, what they have is kept, a sentence says how on |
| 141  | standard output was closed (\`layerscope results \\| head -1\`)                          |

A second Ctrl-C ends at once.
`

test('docs/command-line.md holds every command with all its options', async () => {
  const commands = await Promise.all(entries.map((entry) => entry.load()))
  const sections = [
    `## layerscope\n\n${fenced(overview(entries))}`,
    ...commands.map((command) => `## layerscope ${command.name}\n\n${fenced(command.help())}`)
  ]
  await expect(`${introduction}\n${sections.join('\n')}`).toMatchFileSnapshot('../../docs/command-line.md')
})

function fenced(text: string): string {
  return `\`\`\`text\n${text}\`\`\`\n`
}
