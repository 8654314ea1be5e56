import { afterEach, expect, it } from 'vitest'
import { UserError } from '@shared/userError'
import { client, engine } from './engine'

/** What this file provokes is not a fault of the window. */
afterEach(() => void engine.refused.splice(0))

it('refuses what the contract refuses, and remembers it for the end of the test', async () => {
  const sentence = "The call 'job.cancel' was refused: jobId: Invalid type: Expected string but received 7."
  await expect(client.call('job.cancel', { jobId: 7 as unknown as string })).rejects.toThrow(sentence)
  expect(engine.refused.map(({ message }) => message)).toEqual([sentence])
  await expect(client.call('job.begin' as 'job.cancel', { jobId: 'a' })).rejects.toThrow(
    "Layerscope has no call named 'job.begin'."
  )
  expect(engine.asked).toEqual([])
})

it('refuses what Electron could not send', async () => {
  const value = { format: () => '' }
  await expect(client.call('state.save', { key: 'view', value })).rejects.toThrow('could not be cloned')
})

it('answers with copies, and with the errors that cross a process', async () => {
  const state = { list: [1] }
  engine.answers['state.load'] = () => state
  const loaded = await client.call('state.load', {})
  expect(loaded).toEqual(state)
  expect(loaded['list']).not.toBe(state.list)
  engine.answers['state.load'] = () => {
    throw new UserError('The file cannot be read.')
  }
  await expect(client.call('state.load', {})).rejects.toBeInstanceOf(UserError)
  await expect(client.call('job.list', {})).rejects.toThrow('Nothing answers job.list here.')
})

it('keeps answers back until the test gives them, and tells of events', async () => {
  const held = engine.hold('job.list')
  const answer = client.call('job.list', {})
  held[0]!.answer({ jobs: [], notes: [] })
  expect(await answer).toEqual({ jobs: [], notes: [] })
  const states: string[] = []
  const end = client.on('engine.state', ({ state }) => states.push(state))
  engine.emit('engine.state', { state: 'crashed', message: '', restarts: 0 })
  end()
  engine.emit('engine.state', { state: 'ready', message: '', restarts: 1 })
  expect(states).toEqual(['crashed'])
})
