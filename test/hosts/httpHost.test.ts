import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startHttpServer, type HttpServer } from '../../src/main/hosts/http/server'
import { get, openSocket, signIn, socketCaller } from './fixtures/httpClient'
import { testHost } from './fixtures/testHost'

async function start(): Promise<HttpServer & { cookie: string; origin: string; emit: (id: string) => void }> {
  const { host, folder } = await testHost()
  const root = join(folder, 'renderer')
  await mkdir(join(root, 'assets'), { recursive: true })
  await writeFile(join(root, 'index.html'), '<!doctype html><title>Layerscope</title>')
  await writeFile(join(root, 'assets/main-abc.js'), 'export {}')
  const server = await startHttpServer({ host, root, port: 0 })
  onTestFinished(() => server.close())
  const emit = (path: string): void => host.emit('files.opened', { paths: [path] })
  return { ...server, cookie: await signIn(server.url), origin: `http://127.0.0.1:${server.port}`, emit }
}

test('the token is traded once for a cookie that scripts cannot read, and leaves the address', async () => {
  const { url, port } = await start()
  const answer = await get(port, `/?token=${new URL(url).searchParams.get('token')!}&view=probes`)
  expect(answer.status).toBe(303)
  expect(answer.headers.location).toBe('/?view=probes')
  expect(answer.headers['set-cookie']?.[0]).toMatch(
    new RegExp(`^layerscope-${port}=[\\w-]{32}; Path=/; HttpOnly; SameSite=Strict$`)
  )
  expect(answer.headers['set-cookie']?.[0]).not.toContain(new URL(url).searchParams.get('token')!)
})

test('with the cookie the window is served: the page fresh, its hashed assets for good', async () => {
  const { port, cookie } = await start()
  const page = await get(port, '/', { cookie })
  expect([page.status, page.headers['content-type'], page.headers['cache-control']]).toEqual([
    200,
    'text/html; charset=utf-8',
    'no-store'
  ])
  expect(page.text).toContain('<title>Layerscope</title>')
  const asset = await get(port, '/assets/main-abc.js', { cookie })
  expect([asset.status, asset.headers['content-type'], asset.headers['cache-control']]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'private, max-age=31536000, immutable'
  ])
  const head = await get(port, '/', { cookie }, 'HEAD')
  expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', String(page.text.length)])
})

test('what is not there is refused in a sentence', async () => {
  const { port, cookie } = await start()
  const answer = await get(port, '/nothing.js', { cookie })
  expect([answer.status, answer.text]).toEqual([404, "Layerscope has nothing at '/nothing.js'.\n"])
})

test('calls of both kinds are answered over the socket, arrays as arrays', async () => {
  const { port, cookie, origin } = await start()
  const caller = socketCaller(await openSocket(port, { cookie, origin }))
  expect(await caller.call('app.info', {})).toMatchObject({ version: '1.2.3', host: 'http' })
  expect(await caller.call('job.list', {})).toEqual(new Float32Array([2, 3]))
  await expect(caller.call('dataset.list', {})).rejects.toMatchObject({
    name: 'UserError',
    message: 'There is nothing here.'
  })
})

test('every window hears the events, each over its own connection, until it goes', async () => {
  const { port, cookie, origin, emit } = await start()
  const sockets = await Promise.all([openSocket(port, { cookie, origin }), openSocket(port, { cookie, origin })])
  const heard: string[][] = [[], []]
  const callers = sockets.map((socket, index) => {
    const caller = socketCaller(socket)
    caller.subscribe(
      (name, payload) =>
        void (name === 'files.opened' && heard[index]!.push((payload as { paths: string[] }).paths[0]!))
    )
    return caller
  })
  emit('/a')
  await Promise.all(callers.map((caller) => caller.call('app.info', {})))
  const closed = new Promise((resolve) => sockets[1]!.once('close', resolve))
  sockets[1]!.close()
  await closed
  emit('/b')
  await callers[0]!.call('app.info', {})
  expect(heard).toEqual([['/a', '/b'], ['/a']])
})

test('a window that connects is sent the state of the engine', async () => {
  const { port, cookie, origin } = await start()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers: { cookie, origin } })
  const caller = socketCaller(socket)
  const state = await new Promise((resolve) => caller.subscribe((name, payload) => resolve([name, payload])))
  expect(state).toEqual(['engine.state', expect.objectContaining({ restarts: 0 })])
})

test('a port that is taken is named', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const { host } = await testHost()
  await expect(startHttpServer({ host, root: '.', port })).rejects.toThrow(
    `Port ${port} is in use by another program. Choose another with --port, or omit it to take any free port.`
  )
})

test('closing ends the sockets of the windows', async () => {
  const { port, cookie, origin, close } = await start()
  const socket = await openSocket(port, { cookie, origin })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await close()
  await closed
  await expect(get(port, '/', { cookie })).rejects.toThrow('ECONNREFUSED')
})
