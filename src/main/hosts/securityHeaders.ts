const contentSecurityPolicy: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  // TensorFlow.js and Vue's compiled templates do not need eval; WebAssembly modules need a permission of their own.
  'script-src': "'self' 'wasm-unsafe-eval'",
  // The hash is of the one sheet of svg2pdf.js, which parses it in a document apart when a figure becomes a PDF.
  'style-src': "'self' 'sha256-8sMcw7Di3iZvPzRdQEpj57491e+43kuhva2J6GQDIwM='",
  'img-src': "'self' data: blob:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'worker-src': "'self' blob:",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'"
}

const fixedHeaders: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy':
    'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), bluetooth=(), payment=(), ' +
    'display-capture=(), clipboard-read=()'
}

/**
 * Headers of every answer of both hosts, errors included.
 * @param connectSource what the window may connect to besides its own origin: the HTTP host names its WebSocket, the
 * desktop host nothing.
 */
export function securityHeaders(connectSource = ''): Record<string, string> {
  const policy = Object.entries(contentSecurityPolicy).map(([directive, sources]) => {
    return directive === 'connect-src' && connectSource
      ? `${directive} ${sources} ${connectSource}`
      : `${directive} ${sources}`
  })
  return { 'Content-Security-Policy': policy.join('; '), ...fixedHeaders }
}
