import { mkdir, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { connect } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { maxMessageBytes } from '@shared/rpc/messageLimit'
import { startHttpServer, type HttpServer } from '../../src/main/hosts/http/server'
import { sameToken } from '../../src/main/hosts/http/token'
import { legible } from '../../src/shared/userError'
import { securityHeaders } from '../../src/main/hosts/securityHeaders'
import { get, openSocket, signIn, socketCaller } from '../hosts/fixtures/httpClient'
import { testHost } from '../hosts/fixtures/testHost'

let server: HttpServer
let cookie: string
let origin: string

beforeEach(async () => {
  const { host, folder } = await testHost()
  await mkdir(join(folder, 'renderer/assets'), { recursive: true })
  await writeFile(join(folder, 'renderer/index.html'), 'the window')
  await writeFile(join(folder, 'secret.json'), 'a secret')
  server = await startHttpServer({ host, root: join(folder, 'renderer'), port: 0 })
  const { close } = server
  onTestFinished(() => close())
  cookie = await signIn(server.url)
  origin = `http://127.0.0.1:${server.port}`
})

const noKey = 'This window has no valid key. Open the address that Layerscope printed when it started, with its token.'
const refusedHost = (name: string): string =>
  `Layerscope answers only to 127.0.0.1:${server.port} and localhost:${server.port}, but the request named '${name}'. Through an SSH tunnel, use the same port on both sides.`

describe('requests', () => {
  test('without the cookie get nothing, of what is there and of what is not', async () => {
    for (const path of ['/', '/index.html', '/assets/main.js', '/nothing']) {
      const answer = await get(server.port, path)
      expect([path, answer.status, answer.text]).toEqual([path, 403, `${noKey}\n`])
    }
    const guessed = await get(server.port, '/', { cookie: `layerscope-${server.port}=${'A'.repeat(32)}` })
    expect([guessed.status, guessed.text]).toEqual([403, `${noKey}\n`])
  })

  test('with a wrong token get no cookie', async () => {
    for (const token of ['', 'wrong', 'A'.repeat(32)]) {
      const answer = await get(server.port, `/?token=${token}`)
      expect([answer.status, answer.text]).toEqual([
        403,
        'This token is not valid. Open the address that Layerscope printed when it started.\n'
      ])
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
  })

  test('with the session of the cookie as token get nothing: the two are different secrets', async () => {
    expect((await get(server.port, `/?token=${cookie.split('=')[1]!}`)).status).toBe(403)
  })

  test('under another name are refused, cookie or not (DNS rebinding)', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      '127.0.0.1',
      '127.0.0.1:1',
      `localhost.evil.example:${server.port}`
    ]) {
      const answer = await get(server.port, '/', { cookie, host })
      expect([answer.status, answer.text]).toEqual([403, `${refusedHost(host)}\n`])
    }
    const token = new URL(server.url).searchParams.get('token')!
    expect((await get(server.port, `/?token=${token}`, { host: 'evil.example' })).headers['set-cookie']).toBeUndefined()
  })

  test('as localhost are answered', async () => {
    expect((await get(server.port, '/', { cookie, host: `localhost:${server.port}` })).status).toBe(200)
  })

  test('that change something are refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const answer = await get(server.port, '/', { cookie }, method)
      expect([answer.status, answer.text, answer.headers.allow]).toEqual([
        405,
        'Layerscope answers GET and HEAD; everything else goes over its socket.\n',
        'GET, HEAD'
      ])
    }
  })

  test('for files outside the window are refused, however the path is spelt', async () => {
    const paths = [
      '/../secret.json',
      '/..%2fsecret.json',
      '/%2e%2e/secret.json',
      '/%2e%2e%2fsecret.json',
      '/assets/../../secret.json',
      '/assets/..%2f..%2fsecret.json',
      '/..%5csecret.json',
      '/%00/../secret.json',
      '/%',
      '/....//secret.json',
      '/%252e%252e%252fsecret.json'
    ]
    for (const path of paths) {
      const answer = await get(server.port, path, { cookie })
      expect([path, answer.status]).toEqual([path, 404])
      expect(answer.text).toMatch(/^Layerscope has nothing at '/)
      expect(answer.text).not.toContain('a secret')
    }
  })

  test('whose target names another origin are refused', async () => {
    for (const path of ['//evil.example/', 'http://evil.example/']) {
      const answer = await get(server.port, path, { cookie })
      expect([answer.status, answer.text]).toEqual([400, 'The address of this request is not valid.\n'])
    }
  })
})

describe('the socket', () => {
  test('is refused without the cookie', async () => {
    await expect(openSocket(server.port, { origin })).rejects.toThrow(`403 ${noKey}`)
  })

  test('is refused to pages of other origins, cookie or not', async () => {
    for (const other of [
      'http://evil.example',
      'null',
      `http://127.0.0.1:${server.port + 1}`,
      `https://127.0.0.1:${server.port}`,
      `${origin}.evil.example`
    ]) {
      await expect(openSocket(server.port, { cookie, origin: other })).rejects.toThrow(
        `403 A page of '${other}' may not connect to Layerscope.`
      )
    }
    await expect(openSocket(server.port, { cookie })).rejects.toThrow(`403 A page of '' may not connect to Layerscope.`)
    await expect(openSocket(server.port, { cookie, origin: `http://localhost:${server.port}` })).rejects.toThrow(
      'may not connect to Layerscope.'
    )
  })

  test('is refused under another name, even where the origin agrees with it', async () => {
    const host = `evil.example:${server.port}`
    await expect(openSocket(server.port, { cookie, host, origin: `http://${host}` })).rejects.toThrow(
      `403 ${refusedHost(host)}`
    )
  })

  test('is at one address alone', async () => {
    await expect(openSocket(server.port, { cookie, origin }, '/other')).rejects.toThrow(
      '404 Layerscope has one socket, at /socket.'
    )
  })

  test('closes on a message that is too large, and on one that is not a frame', async () => {
    const large = await openSocket(server.port, { cookie, origin })
    const largeClosed = new Promise((resolve) => large.once('close', resolve))
    large.on('error', () => undefined)
    large.send(new Uint8Array(maxMessageBytes + 1))
    expect(await largeClosed).toBe(1009)
    for (const message of ['{"kind":"call"}', new Uint8Array([1]), new Uint8Array(64)]) {
      const socket = await openSocket(server.port, { cookie, origin })
      const closed = new Promise((resolve) =>
        socket.once('close', (code, reason) => resolve([code, reason.toString()]))
      )
      socket.send(message)
      expect(await closed).toEqual([1007, 'The message is not a frame.'])
    }
  })

  test('takes no call that is not in the contract, not even names every object has', async () => {
    const caller = socketCaller(await openSocket(server.port, { cookie, origin }))
    for (const name of ['file.read', '__proto__', 'constructor', 'toString', '', 'app.info ']) {
      await expect(caller.call(name, {})).rejects.toThrow(`Layerscope has no call named '${name}'.`)
    }
  })

  test('takes no input that the contract does not describe', async () => {
    const caller = socketCaller(await openSocket(server.port, { cookie, origin }))
    await expect(
      caller.call('attention.head', { modelId: 'm', sentence: { kind: 'text', text: 'a' }, layer: -1, head: 0 })
    ).rejects.toThrow("The call 'attention.head' was refused: layer: Invalid value: Expected >=0 but received -1.")
    await expect(caller.call('app.info', { extra: 1 })).rejects.toThrow(
      `The call 'app.info' was refused: extra: Invalid key: Expected never but received "extra".`
    )
    await expect(
      caller.call('state.save', JSON.parse('{"key":"a","value":1,"__proto__":{"polluted":true}}'))
    ).rejects.toThrow("The call 'state.save' was refused: __proto__")
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('imports files under harmless names only', async () => {
    const caller = socketCaller(await openSocket(server.port, { cookie, origin }))
    const bytes = new Uint8Array([1])
    for (const name of ['../evil', '/etc/passwd', 'a/../../evil', 'a\\..\\evil', 'a\0b', './a', 'a//b', '..']) {
      await expect(
        caller.call('files.import', { importId: 'import-0001', name, offset: 0, total: 1, bytes })
      ).rejects.toThrow(`'${legible(name)}' is not a valid name for an imported file.`)
    }
    await expect(
      caller.call('files.import', { importId: '../../../evil', name: 'a', offset: 0, total: 1, bytes })
    ).rejects.toThrow("The call 'files.import' was refused: importId")
  })
})

describe('the server', () => {
  test('sends the same headers with every answer, and none that lets other origins in', async () => {
    const own = `ws://127.0.0.1:${server.port} ws://localhost:${server.port}`
    const wanted = Object.entries(securityHeaders(own)).map(([name, value]) => [name.toLowerCase(), value])
    const answers = [
      await get(server.port, '/', { cookie }),
      await get(server.port, '/'),
      await get(server.port, '/nothing', { cookie }),
      await get(server.port, '/', { cookie }, 'POST'),
      await get(server.port, '/', { host: 'evil.example' }),
      await get(server.port, server.url.slice(origin.length))
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 404, 405, 403, 303])
    for (const { headers } of answers) {
      expect(headers).toMatchObject(Object.fromEntries(wanted))
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })

  test('allows no script but its own, no plug-in, no frame around it', () => {
    expect(securityHeaders()).toEqual({
      'Content-Security-Policy':
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'sha256-8sMcw7Di3iZvPzRdQEpj57491e+43kuhva2J6GQDIwM='; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
        "worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Permissions-Policy':
        'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), bluetooth=(), payment=(), display-capture=(), clipboard-read=()'
    })
  })

  test('listens on the loopback address alone', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal)
    if (!outside) {
      console.log('This machine has no other address to try; the socket is bound to 127.0.0.1.')
      return
    }
    const reached = await new Promise((resolve) => {
      const socket = connect(server.port, outside.address, () => resolve('connected'))
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    })
    expect(reached).toBe('ECONNREFUSED')
  })

  test('has a token of at least 128 random bits, other each time', () => {
    const token = new URL(server.url).searchParams.get('token')!
    expect(Buffer.from(token, 'base64url').length * 8).toBeGreaterThanOrEqual(128)
    expect(sameToken(token, token)).toBe(true)
    expect(sameToken(token, `${token}x`)).toBe(false)
    expect(sameToken(token, '')).toBe(false)
  })
})

test('the address on the command line of a browser opens one window and is worth nothing then', async () => {
  const { pathname, search } = new URL(server.ticketUrl())
  expect(server.ticketUrl()).not.toContain(new URL(server.url).searchParams.get('token')!)
  expect((await get(server.port, pathname + search)).status).toBe(303)
  expect((await get(server.port, pathname + search)).status).toBe(403)
})

test('clients that drop their refused WebSocket do not disturb the others', async () => {
  const errors: unknown[] = []
  const note = (error: unknown): void => void errors.push(error)
  process.prependListener('uncaughtException', note)
  onTestFinished(() => void process.off('uncaughtException', note))
  const page = socketCaller(await openSocket(server.port, { cookie, origin }))
  const drop = (index: number): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        const request = [
          `GET ${index % 4 < 2 ? '/elsewhere' : '/socket'} HTTP/1.1`,
          `Host: 127.0.0.1:${server.port}`,
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
          ...(index % 4 < 2 ? [`Cookie: ${cookie}`] : []),
          '\r\n'
        ]
        socket.write(request.join('\r\n'), () => (index % 2 ? socket.resetAndDestroy() : socket.destroy()))
      })
      socket.on('error', () => undefined)
      socket.once('close', () => resolve())
    })
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 40 }, (_, index) => drop(index)))
    expect(await page.call('app.info', {})).toMatchObject({ version: '1.2.3' })
  }
  expect((await get(server.port, '/', { cookie })).status).toBe(200)
  expect(errors).toEqual([])
})

test('a refused WebSocket is closed from this side, though its client keeps its end open', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    let received = ''
    socket.on('data', (bytes) => (received += bytes.toString()))
    // Writing to what the server has closed is answered by a reset; a half-open connection would take it.
    socket.once('end', () => {
      const timer = setInterval(() => socket.write('more'), 1)
      socket.once('error', () => {
        clearInterval(timer)
        resolve(received)
      })
    })
    socket.once('error', reject)
    socket.write(
      `GET /elsewhere HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
    )
  }).catch((error: Error) => error.message)
  expect(text).toMatch(/^HTTP\/1\.1 4\d\d |ECONNRESET|EPIPE/)
})
